using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using AgentFunctions.Runs;

namespace AgentFunctions.Telemetry;

/// <summary>
/// The trace ids of one run, computed from (run id, path) and therefore the same on replay, on retry and in every process.
/// </summary>
public sealed class RunTrace
{
    /// <summary>Path of the run's root span.</summary>
    public const string RootPath = "";

    private RunTrace(string runId, ActivityTraceId traceId, ActivityContext caller)
    {
        RunId = runId;
        TraceId = traceId;
        CallerSpanId = caller.SpanId;
        CallerIsSampled = caller == default ? null : caller.TraceFlags.HasFlag(ActivityTraceFlags.Recorded);
        TraceParent = caller == default ? null : $"00-{caller.TraceId}-{caller.SpanId}-{(byte)caller.TraceFlags:x2}";
    }

    public string RunId { get; }

    public ActivityTraceId TraceId { get; }

    public string TraceIdHex => TraceId.ToHexString();

    /// <summary>The caller's context, when the run joined the caller's trace; null when there was none or it was malformed.</summary>
    public string? TraceParent { get; }

    /// <summary>The sampled flag of the caller; null without one.</summary>
    internal bool? CallerIsSampled { get; }

    /// <summary>The parent of the run's root span; <c>default</c> when the run is its own root.</summary>
    internal ActivitySpanId CallerSpanId { get; }

    /// <summary>The trace of a new run: the caller's when <paramref name="traceParent"/> is a valid W3C value, else its own.</summary>
    public static RunTrace Create(string runId, string? traceParent)
    {
        var caller = Parse(traceParent);
        var traceId = caller == default ? ActivityTraceId.CreateFromBytes(Hash($"t:{runId}", 16)) : caller.TraceId;
        return new RunTrace(runId, traceId, caller);
    }

    /// <summary>The trace of a stored run; its row decides the trace id.</summary>
    public static RunTrace Of(RunRecord run) => new(run.RunId, ActivityTraceId.CreateFromString(run.TraceId), Parse(run.TraceParent));

    public static string ChatPath(int step, int attempt) => $"step:{step}/chat:{attempt}";

    public static string ToolPath(int step, string callId) => $"step:{step}/tool:{callId}";

    /// <summary>The path of what belongs to the span at <paramref name="parentPath"/>.</summary>
    public static string Below(string parentPath, string name) => parentPath == RootPath ? name : $"{parentPath}/{name}";

    public ActivitySpanId SpanId(string path) => SpanId(RunId, path);

    /// <summary>A span id needs no trace: where only the run's id is known, it is known all the same.</summary>
    public static ActivitySpanId SpanId(string runId, string path) => ActivitySpanId.CreateFromBytes(Hash($"s:{runId}:{path}", 8));

    /// <summary>The link as an activity carries it.</summary>
    public ActivityLink LinkTo(SpanLink link) => new(
        new ActivityContext(TraceId, SpanId(link.Path), ActivityTraceFlags.Recorded),
        new ActivityTagsCollection { [GenAiAttributes.LinkKind] = link.Kind });

    /// <summary>
    /// What a span at <paramref name="parentPath"/>'s child starts with; null for the root. The root of a run without a
    /// caller gets a context with no span id, which is what exporters take for "no parent". Always recorded: whether the
    /// run is exported is decided behind the store.
    /// </summary>
    internal ActivityContext ParentContext(string? parentPath) => parentPath is null
        ? new ActivityContext(TraceId, CallerSpanId, ActivityTraceFlags.Recorded, null, isRemote: CallerSpanId != default)
        : new ActivityContext(TraceId, SpanId(parentPath), ActivityTraceFlags.Recorded, null, isRemote: true);

    /// <summary>Lower-case hex, or null for the root of a run without a caller.</summary>
    internal string? ParentSpanIdHex(string? parentPath) => parentPath is not null
        ? SpanId(parentPath).ToHexString()
        : CallerSpanId == default ? null : CallerSpanId.ToHexString();

    // TryParse refuses ids that are all zero.
    private static ActivityContext Parse(string? traceParent) =>
        ActivityContext.TryParse(traceParent, null, isRemote: true, out var context) ? context : default;

    // All zero would mean "no id"; the last bit is set then, so that an id always exists.
    private static ReadOnlySpan<byte> Hash(string text, int length)
    {
        var id = SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, length);
        if (!id.ContainsAnyExcept((byte)0))
            id[^1] = 1;
        return id;
    }
}
