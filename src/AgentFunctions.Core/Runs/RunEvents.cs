// Stream events of a run: the append-only log behind SSE.
using System.Text.Json.Nodes;

namespace AgentFunctions.Runs;

/// <summary>The event names of the stream.</summary>
public static class RunEventTypes
{
    public const string RunStart = "run_start";
    public const string Token = "token";
    public const string ToolCall = "tool_call";
    public const string Reasoning = "reasoning";
    public const string Complete = "complete";
    public const string Error = "error";

    /// <summary>A member's run ended, in the stream of the run that it works for.</summary>
    public const string MemberComplete = "member_complete";

    /// <summary>A member's run ended in error.</summary>
    public const string MemberError = "member_error";

    /// <summary>A run waits for a person, or goes on after one decided.</summary>
    public const string Approval = "approval";

    /// <summary>A pre- or post-hook was called.</summary>
    public const string Hook = "hook";

    /// <summary>A model was called or answered.</summary>
    public const string ModelRequest = "model_request";

    /// <summary>A step of a workflow began or ended.</summary>
    public const string Step = "step";

    /// <summary>A session's summary was made.</summary>
    public const string Summary = "summary";

    /// <summary>The names of the stream contract.</summary>
    public static IReadOnlyList<string> Contract { get; } = [RunStart, Token, ToolCall, Reasoning, Complete, Error];

    /// <summary>What there is besides; a client of the contract takes no notice of them.</summary>
    public static IReadOnlyList<string> Additions { get; } = [MemberComplete, MemberError, Approval, Hook, ModelRequest, Step, Summary];

    public static IReadOnlyList<string> All { get; } = [.. Contract, .. Additions];

    /// <summary>True for the event after which a run's log is closed.</summary>
    public static bool IsTerminal(string type) => type is Complete or Error;
}

/// <summary>An event to append.</summary>
/// <param name="Type">One of <see cref="RunEventTypes"/>.</param>
/// <param name="Data">The event's <c>data</c> object.</param>
/// <param name="Timestamp">When it happened.</param>
/// <param name="Key">When set, a second event of the run with the same key is dropped silently: a repeated activity cannot double it.</param>
public sealed record NewRunEvent(string Type, JsonObject Data, DateTimeOffset Timestamp, string? Key = null);

/// <summary>A stored event. <paramref name="Sequence"/> counts from 1 without gaps within the run and is the SSE id.</summary>
public sealed record RunEvent(string RunId, long Sequence, string Type, JsonObject Data, DateTimeOffset Timestamp);
