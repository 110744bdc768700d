using Microsoft.Extensions.Logging;

namespace AgentFunctions.Telemetry;

/// <summary>Counts spans that the own store did not get, and says so at most once a minute.</summary>
internal sealed partial class DroppedSpans(TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan _quiet = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private long _total;
    private long _unreported;
    private string _lastReason = "";
    private Exception? _lastError;
    private DateTimeOffset? _reportedAt;

    /// <summary>All that were ever dropped here.</summary>
    public long Total => Interlocked.Read(ref _total);

    /// <param name="reason">A word for the metric: <c>queue_full</c> or <c>store_failed</c>.</param>
    public void Add(int count, string reason, Exception? error = null)
    {
        AgentTelemetry.SpansDropped.Add(count, new KeyValuePair<string, object?>("reason", reason));
        Interlocked.Add(ref _total, count);
        lock (_lock)
        {
            _unreported += count;
            (_lastReason, _lastError) = (reason, error);
            if (_reportedAt is { } at && time.GetUtcNow() - at < _quiet)
                return;
            Report();
        }
    }

    /// <summary>Logs what was not logged yet, whenever the last time was.</summary>
    public void Report()
    {
        lock (_lock)
        {
            if (_unreported == 0)
                return;
            LogDropped(_lastError, _unreported, _lastReason);
            (_unreported, _reportedAt) = (0, time.GetUtcNow());
        }
    }

    [LoggerMessage(EventId = 1202, Level = LogLevel.Warning,
        Message = "{Count} spans did not reach the trace store ({Reason}); the end of each run writes again what is missing. Raise traces.max_queue_size or look at the store")]
    private partial void LogDropped(Exception? exception, long count, string reason);
}
