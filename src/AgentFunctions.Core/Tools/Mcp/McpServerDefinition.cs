// One MCP server as configured: where it is, how long to wait for it, and the rules of its tools.
using AgentFunctions.Approvals;
using AgentFunctions.Tools.Limits;

namespace AgentFunctions.Tools.Mcp;

/// <summary>A server is a process (<see cref="Command"/>) or an address (<see cref="Url"/>); exactly one of them is set.</summary>
public sealed record McpServerDefinition
{
    /// <summary>Prefix of its tools' names and the name that agents give.</summary>
    public required string Name { get; init; }

    /// <summary>The program to start; it is spoken to over its standard input and output.</summary>
    public string? Command { get; init; }

    /// <summary>May hold <c>${VAR}</c>, expanded only when the program is started.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>What the program gets besides PATH, HOME and the like; it does not inherit the app's variables. Values may hold <c>${VAR}</c>.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public string? WorkingDirectory { get; init; }

    /// <summary>The address of a streamable HTTP server; may hold <c>${VAR}</c>.</summary>
    public string? Url { get; init; }

    /// <summary>Sent with every request; values may hold <c>${VAR}</c>, expanded only when the server is connected.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>How long one tool call may take.</summary>
    public int TimeoutSeconds { get; init; } = 30;

    /// <summary>How long connecting and listing may take, also at the start of the app.</summary>
    public int ConnectTimeoutSeconds { get; init; } = 10;

    /// <summary>Of all its tools together; null for no limit.</summary>
    public ToolRateLimit? RateLimit { get; init; }

    /// <summary>Of all its tools together.</summary>
    public ToolCircuitBreaker? CircuitBreaker { get; init; }

    /// <summary>The effect of tools that neither the server nor <see cref="Tools"/> says anything about.</summary>
    public ToolEffect DefaultEffect { get; init; } = ToolEffect.Once;

    /// <summary>When a person must decide before one of its tools runs; null for what the agent says.</summary>
    public ApprovalRule? Approval { get; init; }

    /// <summary>The tools that agents may use, with what is decided here and not by the server; null for all.</summary>
    public IReadOnlyList<McpToolRule>? Tools { get; init; }
}

/// <param name="Name">The tool's name at the server.</param>
/// <param name="Effect">Overrides what the server says of it.</param>
/// <param name="TimeoutSeconds">Overrides the server's.</param>
/// <param name="Approval">Overrides the server's.</param>
public sealed record McpToolRule(string Name, ToolEffect? Effect = null, int? TimeoutSeconds = null, ApprovalRule? Approval = null);

/// <summary>What an agent takes from a server.</summary>
/// <param name="Tool">The tool's name at the server; null for all of its tools.</param>
public sealed record McpSelection(string Server, string? Tool = null);

/// <summary>Where the calls of a tool go.</summary>
/// <param name="Server">The server as named in the configuration; its address is the current one.</param>
/// <param name="Tool">The tool's name there.</param>
public sealed record McpTool(string Server, string Tool);
