using AgentFunctions.Telemetry.Metrics.Prometheus;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace AgentFunctions.Telemetry.Metrics;

/// <summary>
/// From the instruments to who reads them: the Prometheus text at <c>/metrics</c>, and an OTLP endpoint where the standard
/// variables name one (OTEL_EXPORTER_OTLP_ENDPOINT or …_METRICS_ENDPOINT; OTEL_METRICS_EXPORTER=none stops it).
/// </summary>
public sealed class MetricsPipeline : IDisposable
{
    /// <summary>Meters of the framework: requests served, requests made, and the runtime.</summary>
    private static readonly string[] _frameworkMeters = ["Microsoft.AspNetCore.Hosting", "System.Net.Http", "System.Runtime"];

    private readonly MeterProvider? _provider;
    private readonly PrometheusExporter _prometheus = new();

    public MetricsPipeline(
        MetricsOptions options, AgentMeter meter, AixgoMetrics aixgo, IConfiguration configuration, IEnumerable<MetricsAreExportedByHost> byHost)
    {
        if (!options.Enabled)
            return;
        _provider = Build(options, meter, configuration, exports: !byHost.Any());
        aixgo.Begin();
        // Shown from the start: the first drop must be an increase that a rate can see.
        AgentTelemetry.SpansDropped.Add(0, new KeyValuePair<string, object?>("reason", "queue_full"));
    }

    /// <summary>The metrics as they are now, in a format that Prometheus reads; null when they are switched off.</summary>
    public string? Render(PrometheusFormat format) => _prometheus.Render(format);

    /// <summary>Sends what there is to the OTLP endpoint and ends; false when <paramref name="timeout"/> came first.</summary>
    public Task<bool> StopAsync(TimeSpan timeout) =>
        _provider is null ? Task.FromResult(true) : Task.Run(() => _provider.Shutdown((int)timeout.TotalMilliseconds));

    public void Dispose() => _provider?.Dispose();

    private MeterProvider Build(MetricsOptions options, AgentMeter meter, IConfiguration configuration, bool exports)
    {
        var builder = Sdk.CreateMeterProviderBuilder()
            .ConfigureServices(services => services.AddSingleton(configuration))
            .ConfigureResource(resource => resource
                .AddService(options.ServiceName, serviceVersion: AgentTelemetry.Version)
                .AddEnvironmentVariableDetector())
            .AddMeter([AgentTelemetry.Name, $"{AgentTelemetry.Name}.*", .. _frameworkMeters, .. options.Meters])
            .AddView(instrument => meter.IsForeign(instrument) ? MetricStreamConfiguration.Drop : null)
            .SetExemplarFilter(ExemplarFilterType.TraceBased)
            .AddReader(new BaseExportingMetricReader(_prometheus));
        if (exports && HasEndpoint(configuration))
            builder.AddOtlpExporter();
        return builder.Build();
    }

    private static bool HasEndpoint(IConfiguration configuration)
    {
        var exporters = configuration["OTEL_METRICS_EXPORTER"];
        if (!string.IsNullOrEmpty(exporters) && !exporters.Split(',', StringSplitOptions.TrimEntries).Contains("otlp"))
            return false;
        return !string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"])
            || !string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"]);
    }
}
