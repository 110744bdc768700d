// Registration of tracing, and its place in the life of the host.
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Telemetry;

public static class TelemetryServices
{
    /// <summary>
    /// Adds <see cref="RunTracer"/> and <see cref="RunSampling"/>. The app adds its stores; a build may add
    /// <see cref="IConfigureTracing"/>. Register before what runs work, so that it stops after it.
    /// </summary>
    public static IServiceCollection AddRunTelemetry(this IServiceCollection services, TracingOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton(options.Writer);
        services.AddSingleton(provider => RunSampling.From(options.SamplingRate, provider.GetRequiredService<IConfiguration>()));
        services.AddSingleton<SpanWriter>();
        services.AddSingleton<TracingPipeline>();
        services.AddSingleton<RunTracer>();
        services.AddSingleton<TraceRepair>();
        if (options.Debug)
            services.AddLogging(logging => logging.AddFilter(typeof(RunTracer).FullName, LogLevel.Debug));
        return services.AddHostedService<TelemetryHost>();
    }
}

/// <summary>Builds the pipeline with the host, and flushes it when the host stops.</summary>
internal sealed class TelemetryHost(TracingPipeline pipeline, SpanWriter writer) : IHostedService
{
    private static readonly TimeSpan _stopTimeout = TimeSpan.FromSeconds(5);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(writer.StopAsync(_stopTimeout), pipeline.StopAsync(_stopTimeout));
}
