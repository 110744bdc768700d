using Microsoft.Extensions.Logging;

namespace AgentFunctions.Telemetry.Export;

/// <summary>Counts the spans that one exporter did not deliver, and logs them.</summary>
internal sealed partial class ExportFailures
{
    private readonly string _exporter;
    private readonly ILogger _logger;
    private readonly LossReport<string> _report;

    public ExportFailures(string exporter, TimeProvider time, ILogger logger)
    {
        (_exporter, _logger) = (exporter, logger);
        _report = new(time, (count, cause) => LogFailed(_exporter, count, cause));
    }

    /// <param name="count">Spans.</param>
    /// <param name="reason">A word for the metric, for example <c>queue_full</c> or <c>http_401</c>.</param>
    /// <param name="cause">For people, with the likely fix.</param>
    public void Add(int count, string reason, string cause)
    {
        AgentTelemetry.ExporterFailures.Add(
            count, new KeyValuePair<string, object?>("exporter", _exporter), new KeyValuePair<string, object?>("reason", reason));
        _report.Add(count, cause);
    }

    /// <summary>Logs what was not logged yet.</summary>
    public void Report() => _report.Tell();

    [LoggerMessage(EventId = 1207, Level = LogLevel.Warning,
        Message = "Exporter {Exporter} did not deliver {Count} spans: {Cause}. The own trace store has them; `doctor` tests the exporter")]
    private partial void LogFailed(string exporter, long count, string cause);
}
