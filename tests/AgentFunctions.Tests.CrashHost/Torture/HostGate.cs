namespace AgentFunctions.Tests.CrashHost.Torture;

/// <summary>
/// Where clients find the host that runs now, and where their progress is counted: the host meets its end at a chosen request or
/// answer, not at a chosen time, so that a slow machine is hurt as often as a fast one.
/// </summary>
internal sealed class HostGate
{
    private readonly Lock _lock = new(); // guards what follows
    private TaskCompletionSource<HostProcess> _current = NewSource();
    private Action? _atTheEnd;
    private int _ticksLeft;

    /// <summary>How many requests and answers there were.</summary>
    public long Ticks { get; private set; }

    /// <summary>The host that runs, once one does.</summary>
    public Task<HostProcess> CurrentAsync()
    {
        lock (_lock)
            return _current.Task;
    }

    /// <summary>A client got no answer from the host: nobody asks it any more. Completes when the next one runs.</summary>
    public Task<HostProcess> AfterAsync(HostProcess gone)
    {
        lock (_lock)
        {
            if (_current.Task.IsCompleted && _current.Task.Result == gone)
                _current = NewSource();
            return _current.Task;
        }
    }

    /// <summary>Lets clients at a host; after so many requests and answers its end is called, and clients wait for the next one.</summary>
    public void Open(HostProcess host, int ticks, Action atTheEnd)
    {
        lock (_lock)
        {
            if (_current.Task.IsCompleted)
                _current = NewSource(); // the one before died without anybody noticing
            (_ticksLeft, _atTheEnd) = (ticks, atTheEnd);
            _current.SetResult(host);
        }
    }

    /// <summary>Counts a request or an answer of a host.</summary>
    public void Tick(HostProcess host)
    {
        lock (_lock)
        {
            Ticks++;
            if (!_current.Task.IsCompleted || _current.Task.Result != host || --_ticksLeft > 0)
                return;
            _current = NewSource();
            _atTheEnd!();
        }
    }

    private static TaskCompletionSource<HostProcess> NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
