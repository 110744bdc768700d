// What the hooks of tool calls are told, and what the interceptors among them may answer.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Runs;

namespace AgentFunctions.Hooks;

/// <param name="Run">The run as it was when the call began.</param>
/// <param name="ToolCallId">Unique within the step.</param>
/// <param name="Step">The model step that asked for the call, from 1.</param>
/// <param name="Input">The arguments as the model gave them.</param>
public sealed record ToolCallStartInfo(RunRecord Run, string ToolCallId, string ToolName, int Step, JsonElement Input);

/// <param name="Input">The arguments that the tool got.</param>
/// <param name="Output">What the model is told: the tool's result, or an object with error and message.</param>
/// <param name="ErrorCode">Null on success; else a word such as <c>timeout</c> or <c>invalid_arguments</c>.</param>
public sealed record ToolCallInfo(
    RunRecord Run, string ToolCallId, string ToolName, int Step, JsonElement Input, JsonElement Output, string? ErrorCode, string? ErrorMessage)
{
    public required DateTimeOffset StartTime { get; init; }

    /// <summary>Of the tool and its hooks.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>True when a hook kept the tool from running.</summary>
    public bool Skipped { get; init; }

    /// <summary>What OnAfterToolExecute attached.</summary>
    public JsonObject? Metadata { get; init; }
}

/// <param name="Input">The arguments as the hooks before this one left them.</param>
public sealed record BeforeToolInfo(RunRecord Run, string ToolCallId, string ToolName, int Step, JsonElement Input);

/// <summary>What OnBeforeToolExecute wants. With <see cref="Skip"/> the rest of the chain is not asked, and overrides do not count.</summary>
public sealed record BeforeToolResult
{
    /// <summary>The tool does not run; the model is told <see cref="Error"/>, else <see cref="Result"/>, else an empty text.</summary>
    public bool Skip { get; init; }

    public JsonElement? Result { get; init; }

    public string? Error { get; init; }

    /// <summary>Takes the place of the arguments: a JSON object, which is validated as the model's own would be.</summary>
    public JsonElement? Input { get; init; }

    /// <summary>Takes the place of the tool's time-out.</summary>
    public int? TimeoutSeconds { get; init; }

    /// <summary>Given to a C# tool in <see cref="Tools.ToolInvocation.Context"/>, beside what earlier hooks gave.</summary>
    public IReadOnlyDictionary<string, string>? Context { get; init; }
}

/// <param name="Output">The tool's result as the hooks before this one left it; null when the call failed.</param>
/// <param name="ErrorCode">Null on success.</param>
public sealed record AfterToolInfo(
    RunRecord Run, string ToolCallId, string ToolName, int Step, JsonElement Input, JsonElement? Output, string? ErrorCode, string? ErrorMessage);

/// <summary>What OnAfterToolExecute wants. An error can be put in the place of another, but not undone.</summary>
public sealed record AfterToolResult
{
    /// <summary>Takes the place of the result of a call that succeeded.</summary>
    public JsonElement? Output { get; init; }

    /// <summary>Makes the call an error with this message.</summary>
    public string? Error { get; init; }

    /// <summary>Stored with the call and shown to OnToolCall; members of later hooks win.</summary>
    public JsonObject? Metadata { get; init; }
}
