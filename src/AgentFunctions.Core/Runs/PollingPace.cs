namespace AgentFunctions.Runs;

/// <summary>
/// How often a reader looks for what other processes wrote to a run. After an event it looks every 50 ms and soon every
/// 200 ms, so that a first token is not late however long the model took; after a minute without any, every second. Whether
/// the run has ended without a terminal event is looked up once a second.
/// </summary>
internal sealed class PollingPace
{
    private static readonly TimeSpan _first = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _ofActiveRun = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan _ofQuietRun = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _quietAfter = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _betweenLooksAtRun = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private TimeSpan _next = _first;
    private long _activeAt;
    private long? _lookedAt;

    public PollingPace(TimeProvider time)
    {
        _time = time;
        _activeAt = time.GetTimestamp();
    }

    /// <summary>The run was active: its next event may be near.</summary>
    public void Restart() => (_next, _activeAt) = (_first, _time.GetTimestamp());

    /// <summary>True at first, after news, and once a second.</summary>
    public bool IsTimeToLookAtRun()
    {
        if (_lookedAt is { } looked && _time.GetElapsedTime(looked) < _betweenLooksAtRun)
        {
            return false;
        }
        _lookedAt = _time.GetTimestamp();
        return true;
    }

    /// <summary>Waits for news or until it is time to look anyway.</summary>
    public async Task WaitAsync(Task news, CancellationToken cancellationToken)
    {
        // Running into the time-out is the normal case here, so it is not thrown.
        await news.WaitAsync(_next, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        if (news.IsCompleted)
        {
            Restart();
            _lookedAt = null;
            return;
        }
        var slowest = _time.GetElapsedTime(_activeAt) < _quietAfter ? _ofActiveRun : _ofQuietRun;
        _next = TimeSpan.FromTicks(Math.Min(_next.Ticks * 2, slowest.Ticks));
    }
}
