// What agents.yaml says, read and checked.
using AgentFunctions.Agents;
using AgentFunctions.Budgets;
using AgentFunctions.Costs;
using AgentFunctions.Models;
using AgentFunctions.Tools;
using AgentFunctions.Tools.Mcp;
using AgentFunctions.Tools.Retrieval;

namespace AgentFunctions.Configuration;

/// <summary>A loaded configuration: everything in it is valid and every reference is resolved.</summary>
public sealed record AppConfiguration
{
    /// <summary>What an app has that registers everything in code.</summary>
    public static AppConfiguration Empty { get; } = new();

    /// <summary>The file as named by the caller; null when there is none.</summary>
    public string? Path { get; init; }

    public IReadOnlyList<AgentDefinition> Agents { get; init; } = [];

    /// <summary>By key of <c>models</c>.</summary>
    public IReadOnlyDictionary<string, ModelDefinition> Models { get; init; } = new Dictionary<string, ModelDefinition>();

    /// <summary>The tools declared in the file, whether an agent uses them or not.</summary>
    public IReadOnlyList<ToolDefinition> Tools { get; init; } = [];

    /// <summary>The MCP servers of the file, whether an agent uses them or not.</summary>
    public IReadOnlyList<McpServerDefinition> McpServers { get; init; } = [];

    /// <summary>The searched folders of the file; their tools are among <see cref="Tools"/>.</summary>
    public IReadOnlyList<RetrievalDefinition> Retrieval { get; init; } = [];

    public ObservabilityOptions Observability { get; init; } = new();

    /// <summary>Limits that runs share, unless their agent has others.</summary>
    public SharedBudgets Budgets { get; init; } = new();

    public AuditOptions Audit { get; init; } = new();

    /// <summary>Prices of the file; they go before those that the app ships with.</summary>
    public IReadOnlyList<PriceEntry> Prices { get; init; } = [];
}
