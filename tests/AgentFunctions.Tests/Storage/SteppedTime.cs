using System.Threading.Channels;

namespace AgentFunctions.Tests.Storage;

/// <summary>Time that stands still. Each wait on it shows up for the test, which lets it pass.</summary>
internal sealed class SteppedTime : TimeProvider
{
    private readonly Channel<Wait> _waits = Channel.CreateUnbounded<Wait>();
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    /// <summary>Completes when somebody waits, or has waited since the last wait that was let pass.</summary>
    public async Task UntilSomebodyWaitsAsync() => await _waits.Reader.WaitToReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    /// <summary>Lets the oldest wait that still goes on pass, as soon as there is one; returns how long it was.</summary>
    public async Task<TimeSpan> PassNextWaitAsync()
    {
        while (true)
        {
            var wait = await _waits.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            if (!wait.Ended)
            {
                Interlocked.Add(ref _ticks, wait.Length.Ticks);
                wait.Pass();
                return wait.Length;
            }
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var wait = new Wait(dueTime, () => callback(state));
        _waits.Writer.TryWrite(wait);
        return wait;
    }

    private sealed class Wait(TimeSpan length, Action pass) : ITimer
    {
        private volatile bool _ended;

        public TimeSpan Length => length;

        public bool Ended => _ended;

        public void Pass() => pass();

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose() => _ended = true;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
