namespace AgentFunctions.Embedded.Engine;

/// <summary>Rings when the earliest known due time comes. Thousands of durable timers need one alarm.</summary>
internal sealed class Alarm : IDisposable
{
    private static readonly TimeSpan _longest = TimeSpan.FromMinutes(1); // the clock may jump, and a wait does not notice; ring in between and look

    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _lock = new(); // guards _next
    private DateTime? _next;

    public Alarm(TimeProvider time, Action ring)
    {
        _time = time;
        _timer = time.CreateTimer(
            _ =>
            {
                lock (_lock)
                {
                    _next = null;
                }
                ring();
            },
            null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Makes sure that the alarm rings at <paramref name="dueAt"/> at the latest.</summary>
    public void SetAtMost(DateTime dueAt)
    {
        lock (_lock)
        {
            if (_next <= dueAt)
            {
                return;
            }
            _next = dueAt;
            var wait = dueAt - _time.GetUtcNow().UtcDateTime;
            _timer.Change(wait < TimeSpan.Zero ? TimeSpan.Zero : wait < _longest ? wait : _longest, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => _timer.Dispose();
}
