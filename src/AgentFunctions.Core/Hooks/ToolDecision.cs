// What the hooks before a tool call decided.
using System.Text.Json;
using AgentFunctions.Telemetry.Spans;
using AgentFunctions.Tools;

namespace AgentFunctions.Hooks;

/// <summary>Stored before the tool runs, so that neither a crash nor a wait for an approval asks the hooks again.</summary>
public sealed record ToolDecision
{
    /// <summary>Error code of a call that a hook skipped with an error.</summary>
    public const string SkippedCode = "tool_skipped";

    /// <summary>Error code of a call that did not run because a hook before it failed.</summary>
    public const string FailedCode = "hook_failed";

    /// <summary>Error code of a call that a hook after it made an error.</summary>
    public const string RejectedCode = "hook_error";

    /// <summary>The tool runs as the model asked.</summary>
    public static ToolDecision AsAsked { get; } = new();

    /// <summary>What the model is told in place of the tool's outcome; null when the tool runs.</summary>
    public ToolOutcome? Instead { get; init; }

    /// <summary>True when a hook asked for the skip, false when one failed.</summary>
    public bool Skipped { get; init; }

    /// <summary>The arguments that take the place of the model's.</summary>
    public JsonElement? Input { get; init; }

    public int? TimeoutSeconds { get; init; }

    public IReadOnlyDictionary<string, string>? Context { get; init; }

    public IReadOnlyList<HookFacts>? Hooks { get; init; }
}
