// Stream events of a run: the append-only log behind SSE.
using System.Text.Json.Nodes;

namespace AgentFunctions.Runs;

/// <summary>The event names of the stream contract.</summary>
public static class RunEventTypes
{
    public const string RunStart = "run_start";
    public const string Token = "token";
    public const string ToolCall = "tool_call";
    public const string Reasoning = "reasoning";
    public const string Complete = "complete";
    public const string Error = "error";

    public static IReadOnlyList<string> All { get; } = [RunStart, Token, ToolCall, Reasoning, Complete, Error];

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
