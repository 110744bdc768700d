namespace AgentFunctions.Runs;

/// <summary>
/// Wakes the readers in this process that wait for news of a run. Holds something only for runs that somebody waits for.
/// </summary>
public sealed class RunSignals
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Watch> _watches = new(StringComparer.Ordinal);

    /// <summary>How many runs somebody waits for.</summary>
    public int WatchedRuns
    {
        get
        {
            lock (_lock)
            {
                return _watches.Count;
            }
        }
    }

    /// <summary>Wakes everyone who waits for this run. Call it after the news is committed.</summary>
    public void Raise(string runId)
    {
        TaskCompletionSource? raised = null;
        lock (_lock)
        {
            if (_watches.TryGetValue(runId, out var watch))
            {
                (raised, watch.Next) = (watch.Next, NewSignal());
            }
        }
        raised?.SetResult();
    }

    /// <summary>Starts to watch a run; dispose the answer to stop.</summary>
    internal Subscription Subscribe(string runId)
    {
        lock (_lock)
        {
            if (!_watches.TryGetValue(runId, out var watch))
            {
                _watches.Add(runId, watch = new Watch { Next = NewSignal() });
            }
            watch.Readers++;
            return new Subscription(this, runId, watch);
        }
    }

    private void Unsubscribe(string runId, Watch watch)
    {
        lock (_lock)
        {
            if (--watch.Readers == 0)
            {
                _watches.Remove(runId);
            }
        }
    }

    // A waiter's continuation must not run inside the commit that woke it.
    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>One reader's watch over a run.</summary>
    internal sealed class Subscription(RunSignals signals, string runId, Watch watch) : IDisposable
    {
        private bool _disposed;

        /// <summary>Completes at the next <see cref="Raise"/>. Take it before reading: then news after the read is not missed.</summary>
        public Task Next()
        {
            lock (signals._lock)
            {
                return watch.Next.Task;
            }
        }

        public void Dispose()
        {
            if (!_disposed)
            {
                _disposed = true;
                signals.Unsubscribe(runId, watch);
            }
        }
    }

    /// <summary>A watched run. Guarded by the lock.</summary>
    internal sealed class Watch
    {
        public required TaskCompletionSource Next { get; set; }

        public int Readers { get; set; }
    }
}
