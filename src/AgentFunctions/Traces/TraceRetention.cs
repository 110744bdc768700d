// Deletes old traces, by the timer that both builds have.
using AgentFunctions.Configuration;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Traces;

/// <summary>
/// Every hour and at start: traces older than <c>traces.retention_days</c> go, then the oldest until the store is no larger
/// than <c>traces.max_size_mb</c>. Whole traces only; runs, sessions and audit data are never touched.
/// </summary>
public sealed partial class TraceRetention(
    ITraceRetention store, AppConfiguration app, TimeProvider time, ILogger<TraceRetention> logger)
{
    private const int BatchSize = 50;
    private const long Megabyte = 1024 * 1024;

    private readonly TraceStoreOptions _options = app.Observability.Traces;

    [Function(nameof(TraceRetention))]
    public Task RunAsync([TimerTrigger("0 30 * * * *", RunOnStartup = true)] TimerInfo timer, FunctionContext context) =>
        DeleteAsync(context.CancellationToken);

    /// <summary>Deletes what is due, in small batches with pauses, so that the store stays free for others.</summary>
    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        if (_options.RetentionDays is { } days)
            await DeleteOldAsync(days, cancellationToken);
        if (_options.MaxSizeMb is { } megabytes)
            await ShrinkAsync(megabytes, cancellationToken);
    }

    private async Task DeleteOldAsync(int days, CancellationToken cancellationToken)
    {
        var endedBefore = time.GetUtcNow() - TimeSpan.FromDays(days);
        var total = 0;
        int deleted;
        do
        {
            deleted = await DeleteBatchAsync(endedBefore, cancellationToken);
            total += deleted;
        }
        while (deleted == BatchSize);
        if (total > 0)
            LogDeletedOld(total, days);
    }

    private async Task ShrinkAsync(int megabytes, CancellationToken cancellationToken)
    {
        var total = 0;
        var size = await store.GetSizeAsync(cancellationToken);
        while (size.Bytes > megabytes * Megabyte)
        {
            var before = size;
            total += await DeleteBatchAsync(time.GetUtcNow(), cancellationToken);
            size = await store.GetSizeAsync(cancellationToken);
            // A store that does not get smaller must not lose everything.
            if (size.Bytes >= before.Bytes)
            {
                LogNotSmaller(size.Bytes / Megabyte, megabytes);
                break;
            }
        }

        if (total > 0)
            LogShrunk(total, megabytes);
    }

    // As long a pause as the batch took: at most half of the store's time goes into deleting.
    private async Task<int> DeleteBatchAsync(DateTimeOffset endedBefore, CancellationToken cancellationToken)
    {
        var start = time.GetUtcNow();
        var deleted = await store.DeleteAsync(endedBefore, BatchSize, cancellationToken);
        var took = time.GetUtcNow() - start;
        await Task.Delay(took > TimeSpan.Zero ? took : TimeSpan.Zero, time, cancellationToken);
        return deleted;
    }

    [LoggerMessage(EventId = 1111, Level = LogLevel.Information, Message = "Deleted {Count} traces that ended more than {Days} days ago")]
    private partial void LogDeletedOld(int count, int days);

    [LoggerMessage(EventId = 1112, Level = LogLevel.Information, Message = "Deleted the {Count} oldest traces to keep the store within {Megabytes} MB")]
    private partial void LogShrunk(int count, int megabytes);

    [LoggerMessage(EventId = 1113, Level = LogLevel.Warning,
        Message = "The trace store has {Size} MB, more than traces.max_size_mb ({Megabytes}), and deleting its oldest traces did not make it smaller; the next hour tries again")]
    private partial void LogNotSmaller(long size, int megabytes);
}
