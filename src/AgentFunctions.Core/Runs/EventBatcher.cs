// Appends streamed events in order without waiting for each: while one batch commits, the next one gathers.
using System.Threading.Channels;

namespace AgentFunctions.Runs;

/// <summary>
/// Events reach readers only once they are durable, so that a client's last id survives a crash. One answer's events
/// are held at most, and nothing is dropped.
/// </summary>
internal sealed class EventBatcher : IAsyncDisposable
{
    private const int MaxBatch = 256;

    private readonly Channel<NewRunEvent> _queue = Channel.CreateUnbounded<NewRunEvent>(new() { SingleReader = true });
    private readonly IRunStore _runs;
    private readonly string _runId;
    private readonly Task _pump;

    public EventBatcher(IRunStore runs, string runId, CancellationToken cancellationToken)
    {
        _runs = runs;
        _runId = runId;
        _pump = PumpAsync(cancellationToken);
    }

    public void Add(NewRunEvent runEvent) => _queue.Writer.TryWrite(runEvent);

    /// <summary>Completes when everything added is durable; throws what the store threw.</summary>
    public Task FlushAsync()
    {
        _queue.Writer.TryComplete();
        return _pump;
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _pump.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task PumpAsync(CancellationToken cancellationToken)
    {
        var batch = new List<NewRunEvent>(MaxBatch);
        while (await _queue.Reader.WaitToReadAsync(cancellationToken))
        {
            while (batch.Count < MaxBatch && _queue.Reader.TryRead(out var next))
                batch.Add(next);
            await _runs.AppendEventsAsync(_runId, batch, cancellationToken);
            batch.Clear();
        }
    }
}
