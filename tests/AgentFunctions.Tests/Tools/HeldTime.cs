namespace AgentFunctions.Tests.Tools;

/// <summary>Time that stands still until the test says that every time-out has passed.</summary>
internal sealed class HeldTime : TimeProvider
{
    private readonly List<Held> _timers = [];

    public void PassAllTimeouts() => _timers.ForEach(timer => timer.Callback(timer.State));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Held(callback, state);
        _timers.Add(timer);
        return timer;
    }

    private sealed record Held(TimerCallback Callback, object? State) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
