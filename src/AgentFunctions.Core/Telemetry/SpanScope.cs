using System.Diagnostics;

namespace AgentFunctions.Telemetry;

/// <summary>
/// A span under way. While the scope is open its activity is current, so that HTTP calls and log lines join the trace.
/// Disposing a scope that was not completed drops the span: the work did not count.
/// </summary>
public sealed class SpanScope : IDisposable
{
    private readonly Activity? _activity;
    private readonly SpanTimer? _timer;
    private readonly Action<Activity?, SpanFacts> _finish;
    private bool _ended;

    internal SpanScope(Activity? activity, SpanTimer? timer, Action<Activity?, SpanFacts> finish) => (_activity, _timer, _finish) = (activity, timer, finish);

    /// <summary>Ends the span with the facts of the stored result. Only the first call counts.</summary>
    public void Complete(SpanFacts facts)
    {
        if (_ended)
            return;
        _ended = true;
        _timer?.Dispose();
        _finish(_activity, _timer is { HasExpired: true } ? SpanTimer.Mark(facts) : facts);
    }

    public void Dispose()
    {
        if (_ended)
            return;
        _ended = true;
        _timer?.Dispose();
        if (_activity is null)
            return;
        // The SDK passes over an activity that asks for no data; stopping it gives back the one that was current.
        _activity.IsAllDataRequested = false;
        _activity.Stop();
    }
}

/// <summary>Notices, once, that a span is open for too long. It ends nothing.</summary>
internal sealed class SpanTimer : IDisposable
{
    private readonly ITimer _timer;
    private volatile bool _hasExpired;

    public SpanTimer(TimeSpan limit, TimeProvider time, Action expired) => _timer = time.CreateTimer(
        _ =>
        {
            _hasExpired = true;
            expired();
        },
        null,
        limit,
        Timeout.InfiniteTimeSpan);

    public bool HasExpired => _hasExpired;

    /// <summary>The facts of a span that took too long.</summary>
    public static SpanFacts Mark(SpanFacts facts) =>
        facts with { Attributes = new Dictionary<string, object>(facts.Attributes) { [GenAiAttributes.SpanTimeout] = true } };

    public void Dispose() => _timer.Dispose();
}
