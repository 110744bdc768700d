// One tool as an agent sees it, and how it is carried out.
using System.Text.Json;
using System.Text.Json.Serialization;
using AgentFunctions.Approvals;
using AgentFunctions.Tools.Limits;
using AgentFunctions.Tools.Mcp;
using AgentFunctions.Tools.Retrieval;

namespace AgentFunctions.Tools;

/// <summary>What repeating a tool call would do; decides what happens after a crash.</summary>
public enum ToolEffect
{
    /// <summary>Must not happen twice: a call whose outcome a crash left unknown is not run again.</summary>
    Once,

    /// <summary>Repeats safely with the same Idempotency-Key (run id + call id).</summary>
    Idempotent,

    /// <summary>Has no side effect; may repeat freely.</summary>
    Pure,
}

/// <summary>Who is asked when nobody knows whether a call took effect.</summary>
// As a word wherever it is stored, so that the order of the members is free.
[JsonConverter(typeof(JsonStringEnumConverter<UnknownOutcome>))]
public enum UnknownOutcome
{
    /// <summary>The model is told, and decides itself.</summary>
    Model,

    /// <summary>A person decides whether the call is repeated.</summary>
    Person,
}

/// <summary>A tool: name and schema for the model, kind and rules for us.</summary>
public sealed record ToolDefinition
{
    public required string Name { get; init; }

    public string Description { get; init; } = "";

    /// <summary>JSON Schema of the arguments object.</summary>
    public required JsonElement Parameters { get; init; }

    public ToolEffect Effect { get; init; } = ToolEffect.Once;

    public int TimeoutSeconds { get; init; } = 30;

    /// <summary>Null for no limit.</summary>
    public ToolRateLimit? RateLimit { get; init; }

    /// <summary>Null to let every call through, whatever happened to the ones before.</summary>
    public ToolCircuitBreaker? CircuitBreaker { get; init; }

    /// <summary>When a person must decide before the tool runs; null for what the agent says.</summary>
    public ApprovalRule? Approval { get; init; }

    /// <summary>Who is asked what to do when a crash left the outcome of a <see cref="ToolEffect.Once"/> tool unknown; null for a person if the tool has approval, else the model.</summary>
    public UnknownOutcome? OnUnknown { get; init; }

    /// <summary>The tool as the model sees it: without the arguments that a person fills in.</summary>
    [JsonIgnore]
    public ToolDefinition ForModel => Approval?.Fields is { Count: > 0 } fields ? this with { Parameters = SchemaParts.Without(Parameters, fields) } : this;

    /// <summary>Set for an HTTP tool. A tool of no other kind is a C# method registered under <see cref="Name"/>.</summary>
    public HttpToolDefinition? Http { get; init; }

    /// <summary>Set when a call is a run of the team's member with this name.</summary>
    public string? Member { get; init; }

    /// <summary>Set for a tool of an MCP server.</summary>
    public McpTool? Mcp { get; init; }

    /// <summary>Set for a tool that searches a folder of documents.</summary>
    public RetrievalTool? Retrieval { get; init; }
}

/// <summary>An HTTP tool. <c>{argument}</c> in the URL is filled and escaped; what is left goes to the query (GET, HEAD, DELETE) or the JSON body.</summary>
/// <param name="Method">Upper case.</param>
/// <param name="Url">Template; <c>${VAR}</c> is expanded only when the call is made.</param>
/// <param name="Headers">Values may hold <c>${VAR}</c>, expanded only when the call is made.</param>
public sealed record HttpToolDefinition(string Method, string Url, IReadOnlyDictionary<string, string>? Headers = null);
