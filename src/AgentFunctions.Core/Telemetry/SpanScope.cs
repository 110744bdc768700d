using System.Diagnostics;

namespace AgentFunctions.Telemetry;

/// <summary>
/// A span under way. While the scope is open its activity is current, so that HTTP calls and log lines join the trace.
/// Disposing a scope that was not completed drops the span: the work did not count.
/// </summary>
public sealed class SpanScope : IDisposable
{
    private readonly Activity? _activity;
    private readonly Action<Activity?, SpanFacts> _finish;
    private bool _ended;

    internal SpanScope(Activity? activity, Action<Activity?, SpanFacts> finish) => (_activity, _finish) = (activity, finish);

    /// <summary>Ends the span with the facts of the stored result. Only the first call counts.</summary>
    public void Complete(SpanFacts facts)
    {
        if (_ended)
            return;
        _ended = true;
        _finish(_activity, facts);
    }

    public void Dispose()
    {
        if (_ended)
            return;
        _ended = true;
        if (_activity is null)
            return;
        // The SDK passes over an activity that asks for no data; stopping it gives back the one that was current.
        _activity.IsAllDataRequested = false;
        _activity.Stop();
    }
}
