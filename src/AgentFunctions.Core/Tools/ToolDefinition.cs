// One tool as an agent sees it, and how it is carried out.
using System.Text.Json;
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

/// <summary>A tool: name and schema for the model, kind and rules for us.</summary>
public sealed record ToolDefinition
{
    public required string Name { get; init; }

    public string Description { get; init; } = "";

    /// <summary>JSON Schema of the arguments object.</summary>
    public required JsonElement Parameters { get; init; }

    public ToolEffect Effect { get; init; } = ToolEffect.Once;

    public int TimeoutSeconds { get; init; } = 30;

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
