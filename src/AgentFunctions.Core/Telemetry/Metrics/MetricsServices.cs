// Registration of metrics, and their place in the life of the host.
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AgentFunctions.Telemetry.Metrics;

public static class MetricsServices
{
    /// <summary>Adds what records (<see cref="RunMetrics"/>, <see cref="ModelMetrics"/>, <see cref="ToolMetrics"/>) and <see cref="MetricsPipeline"/>.</summary>
    public static IServiceCollection AddRunMetrics(this IServiceCollection services, MetricsOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<AgentMeter>();
        services.AddSingleton<AixgoMetrics>();
        services.AddSingleton<RunMetrics>();
        services.AddSingleton<ModelMetrics>();
        services.AddSingleton<ToolMetrics>();
        services.AddSingleton<RunGauges>();
        services.AddSingleton<MetricsPipeline>();
        services.AddHostedService<MetricsHost>();
        return services.AddHostedService(provider => provider.GetRequiredService<RunGauges>());
    }
}

/// <summary>Builds the pipeline with the host, and sends the last numbers when the host stops.</summary>
internal sealed class MetricsHost(MetricsPipeline pipeline) : IHostedService
{
    private static readonly TimeSpan _stopTimeout = TimeSpan.FromSeconds(5);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => pipeline.StopAsync(_stopTimeout);
}
