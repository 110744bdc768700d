using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace AgentFunctions.Telemetry.Metrics.Prometheus;

/// <summary>The two text formats that Prometheus reads.</summary>
public enum PrometheusFormat
{
    /// <summary><c>text/plain; version=0.0.4</c>.</summary>
    Text,

    /// <summary><c>application/openmetrics-text; version=1.0.0</c>, with exemplars.</summary>
    OpenMetrics,
}

/// <summary>Renders the metrics when asked, not at intervals.</summary>
[ExportModes(ExportModes.Pull)]
internal sealed class PrometheusExporter : BaseExporter<Metric>, IPullMetricExporter
{
    private readonly Lock _lock = new();
    private PrometheusFormat _format;
    private string? _text;

    /// <summary>Set by the reader: collects, which calls <see cref="Export"/>.</summary>
    public Func<int, bool>? Collect { get; set; }

    /// <summary>Null when the SDK is switched off (OTEL_SDK_DISABLED) or has stopped.</summary>
    public string? Render(PrometheusFormat format)
    {
        lock (_lock)
        {
            (_format, _text) = (format, null);
            Collect?.Invoke(Timeout.Infinite);
            return _text;
        }
    }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        var writer = new PrometheusWriter(_format);
        writer.WriteTargetInfo(ParentProvider.GetResource().Attributes);
        foreach (var metric in batch)
            writer.Write(metric);
        _text = writer.End();
        return ExportResult.Success;
    }
}
