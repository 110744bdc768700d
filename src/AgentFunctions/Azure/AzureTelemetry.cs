// Where the worker's telemetry goes: Application Insights, an OTLP endpoint, both, or only the host's console.
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Metrics;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace AgentFunctions.Azure;

internal static class AzureTelemetry
{
    /// <summary>
    /// Exports the worker's invocations, logs and metrics, and adds Application Insights to the destinations of the runs' own
    /// spans. With no destination the worker's logs stay with the host, which prints them.
    /// </summary>
    public static IServiceCollection AddAzureTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        var tracing = services.Select(service => service.ImplementationInstance).OfType<TracingOptions>().Single();
        var insights = ApplicationInsights.From(configuration, tracing);
        var hasOtlp = !string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        if (insights is null && !hasOtlp)
            return services;

        // From here on the host leaves the worker's telemetry to the worker.
        IOpenTelemetryBuilder telemetry = services.AddOpenTelemetry();
        telemetry.UseFunctionsWorkerDefaults();
        telemetry.WithTracing(tracing => tracing.AddProcessor(new OrchestratorEpisodeFilter()));
        AddMetrics(services, telemetry);
        // Log records then carry the scopes that name run, step and agent.
        services.Configure<OpenTelemetryLoggerOptions>(logging => logging.IncludeScopes = true);
        if (hasOtlp)
            telemetry.UseOtlpExporter();
        if (insights is null)
            return services;
        telemetry.UseAzureMonitorExporter(insights.Configure);
        return services.AddSingleton<IConfigureTracing>(insights);
    }

    private static void AddMetrics(IServiceCollection services, IOpenTelemetryBuilder telemetry)
    {
        var options = services.Select(service => service.ImplementationInstance).OfType<MetricsOptions>().Single();
        if (!options.Enabled)
            return;
        telemetry.WithMetrics(metrics => metrics.AddMeter([AgentTelemetry.Name, .. options.Meters]));
        services.AddSingleton(new MetricsAreExportedByHost());
    }
}
