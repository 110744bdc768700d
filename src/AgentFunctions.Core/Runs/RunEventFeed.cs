using System.Runtime.CompilerServices;

namespace AgentFunctions.Runs;

/// <summary>
/// Follows runs while they happen. A write of this process wakes a reader at once (see <see cref="RunSignals"/>); writes of
/// other processes are found by polling: see <see cref="PollingPace"/>.
/// </summary>
public sealed class RunEventFeed(IRunStore store, RunSignals signals, TimeProvider time)
{
    private const int PageSize = 256;

    private static readonly TimeSpan _firstPoll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _slowestPoll = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The run's events after <paramref name="after"/>, each once and in order, as they are committed. Ends after the terminal
    /// event; at once when there is no such run, or when the log is closed and nothing follows <paramref name="after"/>.
    /// </summary>
    public async IAsyncEnumerable<RunEvent> ReadAsync(string runId, long after, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var subscription = signals.Subscribe(runId);
        var pace = new PollingPace(time);
        var ended = false;
        while (true)
        {
            var news = subscription.Next();
            var page = await store.ReadEventsAsync(runId, after, PageSize, cancellationToken);
            foreach (var next in page)
            {
                yield return next;
                if (RunEventTypes.IsTerminal(next.Type))
                {
                    yield break;
                }
                after = next.Sequence;
                pace.Restart();
            }
            if (page.Count == 0 && ended)
            {
                yield break;
            }
            ended = page.Count == 0 && pace.IsTimeToLookAtRun() && await HasEndedAsync(runId, cancellationToken);
            if (!ended && page.Count < PageSize)
            {
                await pace.WaitAsync(news, cancellationToken);
            }
            // When the run has ended, what it wrote last is in the log by now: one more read finds it, or that there is nothing.
        }
    }

    /// <summary>
    /// Waits until the run is finished, or paused for a person, at most for <paramref name="timeout"/>, and returns it as it then is, finished or not;
    /// null when there is no such run.
    /// </summary>
    public async Task<RunRecord?> WaitForEndAsync(string runId, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        using var subscription = signals.Subscribe(runId);
        var begin = time.GetTimestamp();
        var poll = _firstPoll;
        while (true)
        {
            var news = subscription.Next();
            var run = await store.GetAsync(runId, cancellationToken);
            var left = timeout - time.GetElapsedTime(begin);
            if (run is null or { IsFinished: true } or { Status: RunStatus.Paused } || left <= TimeSpan.Zero)
            {
                return run;
            }
            poll = await WaitAsync(news, poll < left ? poll : left, cancellationToken);
        }
    }

    private async Task<bool> HasEndedAsync(string runId, CancellationToken cancellationToken) =>
        await store.GetAsync(runId, cancellationToken) is null or { IsFinished: true };

    /// <summary>Waits for news or until it is time to look anyway; returns how long to wait the next time.</summary>
    private async Task<TimeSpan> WaitAsync(Task news, TimeSpan poll, CancellationToken cancellationToken)
    {
        // Running into the time-out is the normal case here, so it is not thrown.
        await news.WaitAsync(poll, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return news.IsCompleted ? _firstPoll : TimeSpan.FromTicks(Math.Min(poll.Ticks * 2, _slowestPoll.Ticks));
    }
}
