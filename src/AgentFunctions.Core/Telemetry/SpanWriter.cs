using System.Threading.Channels;
using AgentFunctions.Traces;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Telemetry;

/// <summary>
/// Carries spans to the own trace store in the background: a bounded queue, batches, a few retries. Writing never waits
/// and never throws; what the store does not get is counted, logged, and put right when the run ends.
/// </summary>
public sealed class SpanWriter : IAsyncDisposable
{
    private const int MaxTries = 4;
    private static readonly TimeSpan _firstBackoff = TimeSpan.FromMilliseconds(200);

    private readonly ITraceStore _store;
    private readonly SpanWriterOptions _options;
    private readonly TimeProvider _time;
    private readonly DroppedSpans _dropped;
    private readonly Channel<SpanRecord> _queue;
    private readonly CancellationTokenSource _abort = new();
    private readonly Task _loop;

    // Holds one token when a batch is due: the queue is long enough, the delay is over, or somebody flushes.
    private readonly Channel<bool> _due = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly Lock _countLock = new();
    private readonly List<(long Until, TaskCompletionSource Done)> _flushes = [];
    private volatile bool _stopped;
    private long _accepted;
    private long _settled;

    public SpanWriter(ITraceStore store, SpanWriterOptions options, TimeProvider time, ILogger<SpanWriter> logger)
    {
        (_store, _options, _time) = (store, options, time);
        _dropped = new DroppedSpans(time, logger);
        _queue = Channel.CreateBounded<SpanRecord>(new BoundedChannelOptions(options.MaxQueueSize) { SingleReader = true });
        _loop = Task.Run(LoopAsync);
    }

    /// <summary>Spans that were given up; the end of a run looks whether its own may be among them.</summary>
    internal long Dropped => _dropped.Total;

    /// <summary>Spans that wait to be stored.</summary>
    public int Waiting => _queue.Reader.Count;

    /// <summary>Queues the span, or drops it when the queue is full. Never waits, never throws.</summary>
    public void Write(SpanRecord span)
    {
        if (!TryQueue(span))
            _dropped.Add(1, _stopped ? "stopped" : "queue_full");
        else if (_queue.Reader.Count >= BatchSize)
            _due.Writer.TryWrite(true);
    }

    /// <summary>Waits until every span written so far is stored or given up. False when <paramref name="timeout"/> came first.</summary>
    public async Task<bool> FlushAsync(TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_countLock)
        {
            if (_settled >= _accepted)
                return true;
            _flushes.Add((_accepted, done));
        }

        _due.Writer.TryWrite(true);
        try
        {
            await done.Task.WaitAsync(timeout, _time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Stores what is queued, for at most <paramref name="timeout"/>; what is left then, or comes later, is dropped and counted.</summary>
    public async Task StopAsync(TimeSpan timeout)
    {
        _stopped = true;
        _queue.Writer.TryComplete();
        _due.Writer.TryWrite(true);
        try
        {
            await _loop.WaitAsync(timeout, _time);
        }
        catch (TimeoutException)
        {
            await _abort.CancelAsync();
            await _loop;
        }

        _dropped.Report();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.FromSeconds(5));
        _abort.Dispose();
    }

    // One step, so that the count is never behind what the loop has settled.
    private bool TryQueue(SpanRecord span)
    {
        lock (_countLock)
        {
            if (!_queue.Writer.TryWrite(span))
                return false;
            _accepted++;
            return true;
        }
    }

    private int BatchSize => _options.Simple ? 1 : _options.MaxBatchSize;

    private async Task LoopAsync()
    {
        while (await _queue.Reader.WaitToReadAsync())
        {
            if (!_options.Simple && !_queue.Reader.Completion.IsCompleted)
                await BatchIsDueAsync();
            while (TakeBatch() is { Count: > 0 } batch)
            {
                await StoreAsync(batch);
                Settle(batch.Count);
            }
        }
    }

    private async Task BatchIsDueAsync()
    {
        await using var delay = _time.CreateTimer(_ => _due.Writer.TryWrite(true), null, _options.ScheduleDelay, Timeout.InfiniteTimeSpan);
        await _due.Reader.ReadAsync();
    }

    private List<SpanRecord> TakeBatch()
    {
        var batch = new List<SpanRecord>();
        while (batch.Count < BatchSize && _queue.Reader.TryRead(out var span))
            batch.Add(span);
        return batch;
    }

    private async Task StoreAsync(List<SpanRecord> batch)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                _abort.Token.ThrowIfCancellationRequested();
                await WriteAsync(batch);
                return;
            }
            catch (Exception e)
            {
                if (attempt == MaxTries || _abort.IsCancellationRequested)
                {
                    _dropped.Add(batch.Count, "store_failed", e);
                    return;
                }
            }

            // Ends early, without throwing, when the writer is told to give up.
            await Task.Delay(_firstBackoff * (1 << (attempt - 1)), _time, _abort.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // The store may ignore its token, so the wait ends by itself as well.
    private async Task WriteAsync(List<SpanRecord> batch)
    {
        using var timeout = new CancellationTokenSource(_options.WriteTimeout, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _abort.Token);
        await _store.UpsertAsync(batch, stop.Token).WaitAsync(stop.Token);
    }

    private void Settle(int count)
    {
        lock (_countLock)
        {
            _settled += count;
            foreach (var (_, done) in _flushes.Where(f => f.Until <= _settled))
                done.TrySetResult();
            _flushes.RemoveAll(f => f.Until <= _settled);
        }
    }
}
