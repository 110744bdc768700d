using System.Diagnostics;

namespace AgentFunctions.Telemetry;

/// <summary>
/// Makes the root span of a run current for a moment, so that a log line or a measurement names the run's trace, also in
/// code that must start no span: an orchestrator, or the end of a run. Nothing is exported.
/// </summary>
public sealed class RunContext : IDisposable
{
    private readonly Activity? _previous;

    private RunContext(Activity? previous) => _previous = previous;

    /// <param name="traceId">32 hex digits; null leaves what is current.</param>
    public static RunContext Enter(string runId, string? traceId)
    {
        var context = new RunContext(Activity.Current);
        if (traceId is null)
            return context;
        var activity = new Activity("run");
        // Not of a source of ours, and never stopped: no exporter hears of it.
        activity.SetParentId(ActivityTraceId.CreateFromString(traceId), default, ActivityTraceFlags.Recorded);
        activity.Start();
        SpanIdentity.Default.Set(activity, RunTrace.SpanId(runId, RunTrace.RootPath));
        return context;
    }

    public void Dispose() => Activity.Current = _previous;
}
