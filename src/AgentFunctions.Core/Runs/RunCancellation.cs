// Lets a running activity notice that its run was cancelled, also when the request reached another instance.
namespace AgentFunctions.Runs;

/// <summary>Watches the cancel mark of a run.</summary>
public sealed class RunCancellation(IRunStore runs, TimeProvider time)
{
    /// <summary>How often the mark is read while an activity works.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>A watch whose token fires when the run is cancelled or <paramref name="cancellationToken"/> fires. Dispose ends it.</summary>
    public async Task<RunCancellationWatch> WatchAsync(string runId, CancellationToken cancellationToken)
    {
        var watch = new RunCancellationWatch(cancellationToken);
        if (await IsCancelledAsync(runId, cancellationToken))
            watch.CancelRun();
        else
            _ = PollAsync(runId, watch);
        return watch;
    }

    private async Task PollAsync(string runId, RunCancellationWatch watch)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(watch.Ended))
            {
                if (!await IsCancelledAsync(runId, watch.Ended))
                    continue;
                watch.CancelRun();
                return;
            }
        }
        catch (OperationCanceledException)
        {
            // The activity ended first.
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A store that cannot be read now must not break the work that is watched; the next step looks again.
        }
    }

    private async Task<bool> IsCancelledAsync(string runId, CancellationToken cancellationToken) =>
        await runs.GetAsync(runId, cancellationToken) is { CancelRequestedAt: not null };
}

/// <summary>One watched activity.</summary>
public sealed class RunCancellationWatch : IDisposable
{
    private readonly CancellationTokenSource _work;
    private readonly CancellationTokenSource _ended;

    internal RunCancellationWatch(CancellationToken outer)
    {
        _work = CancellationTokenSource.CreateLinkedTokenSource(outer);
        _ended = CancellationTokenSource.CreateLinkedTokenSource(outer);
        Ended = _ended.Token;
        Token = _work.Token;
    }

    /// <summary>Fires when the work shall stop.</summary>
    public CancellationToken Token { get; }

    /// <summary>True when it was the run's cancel request that fired <see cref="Token"/>.</summary>
    public bool RunWasCancelled { get; private set; }

    internal CancellationToken Ended { get; }

    public void Dispose()
    {
        _ended.Cancel();
        _ended.Dispose();
        _work.Dispose();
    }

    internal void CancelRun()
    {
        RunWasCancelled = true;
        try
        {
            _work.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The work ended while the mark was being read.
        }
    }
}
