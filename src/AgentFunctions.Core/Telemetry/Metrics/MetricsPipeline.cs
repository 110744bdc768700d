using AgentFunctions.Telemetry.Metrics.Prometheus;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace AgentFunctions.Telemetry.Metrics;

/// <summary>
/// From the instruments to who reads them: the Prometheus text at <c>/metrics</c>, and an OTLP endpoint where the standard
/// variables name one (<see cref="MetricsEndpoint"/>).
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

    /// <summary>Sends what there is to the OTLP endpoint and ends, or gives up after <paramref name="timeout"/>.</summary>
    public Task StopAsync(TimeSpan timeout) =>
        _provider is null ? Task.CompletedTask : Task.Run(() => _provider.Shutdown((int)timeout.TotalMilliseconds));

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
        if (exports && MetricsEndpoint.IsWanted(configuration))
            builder.AddOtlpExporter(exporter => MetricsEndpoint.Apply(configuration, exporter));
        return builder.Build();
    }
}
