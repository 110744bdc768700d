using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentFunctions.Tests.CrashHost.Torture;

/// <summary>One request of a client and what became of it: a line of its log.</summary>
/// <param name="Epoch">Which host process was asked.</param>
/// <param name="Target">An instance id, or the key of a counter.</param>
/// <param name="Argument">The plan of a start, the id of a letter or of a signal.</param>
/// <param name="Seen">What a <see cref="CallKind.Look"/> showed.</param>
internal sealed record Call(int Client, int Epoch, CallKind Kind, string Target, string? Argument, Answer Answer, Sight? Seen);

[JsonConverter(typeof(JsonStringEnumConverter<CallKind>))]
internal enum CallKind
{
    Start,
    Raise,
    Signal,
    Terminate,
    Suspend,
    Resume,
    Purge,
    Look,
}

[JsonConverter(typeof(JsonStringEnumConverter<Answer>))]
internal enum Answer
{
    /// <summary>2xx: it is done, and must stay done.</summary>
    Acked,

    /// <summary>404.</summary>
    Missing,

    /// <summary>Another 4xx: it was not done.</summary>
    Refused,

    /// <summary>No answer, because the process died: done or not.</summary>
    Unknown,

    /// <summary>5xx.</summary>
    Error,

    /// <summary>No answer in time from a process that lived.</summary>
    TimedOut,
}

/// <summary>What the management API showed of an instance.</summary>
/// <param name="Recorded">Its history has the results of these steps (rank/branch); null if history was not asked for.</param>
internal sealed record Sight(string Status, JsonElement? Output, IReadOnlyList<string>? Recorded)
{
    [JsonIgnore]
    public bool HasEnded => Status is "Completed" or "Failed" or "Terminated";
}

/// <summary>How a host process ended.</summary>
/// <param name="InGoodOrder">By SIGTERM, which lets running activities finish; otherwise by SIGKILL.</param>
internal sealed record Ending(int Epoch, bool InGoodOrder);
