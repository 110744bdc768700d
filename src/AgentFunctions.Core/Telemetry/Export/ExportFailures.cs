using Microsoft.Extensions.Logging;

namespace AgentFunctions.Telemetry.Export;

/// <summary>Counts the spans that one exporter did not deliver, and says so at most once a minute.</summary>
internal sealed partial class ExportFailures(string exporter, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan _quiet = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private long _unreported;
    private string _lastCause = "";
    private DateTimeOffset? _reportedAt;

    /// <param name="count">Spans.</param>
    /// <param name="reason">A word for the metric, for example <c>queue_full</c> or <c>http_401</c>.</param>
    /// <param name="cause">For people, with the likely fix.</param>
    public void Add(int count, string reason, string cause)
    {
        AgentTelemetry.ExporterFailures.Add(
            count, new KeyValuePair<string, object?>("exporter", exporter), new KeyValuePair<string, object?>("reason", reason));
        lock (_lock)
        {
            _unreported += count;
            _lastCause = cause;
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
            LogFailed(exporter, _unreported, _lastCause);
            (_unreported, _reportedAt) = (0, time.GetUtcNow());
        }
    }

    [LoggerMessage(EventId = 1207, Level = LogLevel.Warning,
        Message = "Exporter {Exporter} did not deliver {Count} spans: {Cause}. The own trace store has them; `doctor` tests the exporter")]
    private partial void LogFailed(string exporter, long count, string cause);
}
