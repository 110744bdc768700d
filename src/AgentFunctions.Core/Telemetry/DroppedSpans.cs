using Microsoft.Extensions.Logging;

namespace AgentFunctions.Telemetry;

/// <summary>Counts spans that the own store did not get, and logs them.</summary>
internal sealed partial class DroppedSpans
{
    private readonly ILogger _logger;
    private readonly LossReport<(string Reason, Exception? Error)> _report;
    private long _total;

    public DroppedSpans(TimeProvider time, ILogger logger)
    {
        _logger = logger;
        _report = new(time, (count, cause) => LogDropped(cause.Error, count, cause.Reason));
    }

    /// <summary>All that were ever dropped here.</summary>
    public long Total => Interlocked.Read(ref _total);

    /// <param name="reason">A word for the metric: <c>queue_full</c> or <c>store_failed</c>.</param>
    public void Add(int count, string reason, Exception? error = null)
    {
        AgentTelemetry.SpansDropped.Add(count, new KeyValuePair<string, object?>("reason", reason));
        Interlocked.Add(ref _total, count);
        _report.Add(count, (reason, error));
    }

    /// <summary>Logs what was not logged yet.</summary>
    public void Report() => _report.Tell();

    [LoggerMessage(EventId = 1202, Level = LogLevel.Warning,
        Message = "{Count} spans did not reach the trace store ({Reason}); the end of each run writes again what is missing. Raise traces.max_queue_size or look at the store")]
    private partial void LogDropped(Exception? exception, long count, string reason);
}
