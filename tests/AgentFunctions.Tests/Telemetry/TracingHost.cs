using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Traces;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Tests.Telemetry;

/// <summary>Tracing as an app registers it, on stores in memory and with an exporter that remembers.</summary>
internal sealed class TracingHost : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private TracingHost(TracingOptions options, TimeProvider time, Dictionary<string, string?> settings)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(Log));
        services.AddSingleton(time);
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        services.AddSingleton<ITraceStore>(Traces);
        services.AddSingleton<IRunStore>(Runs);
        services.AddSingleton<IConfigureTracing>(Exported);
        services.AddRunTelemetry(options);
        _services = services.BuildServiceProvider();
    }

    public MemoryTraceStore Traces { get; } = new();

    public MemoryRunStore Runs { get; } = new();

    public ExportedSpans Exported { get; } = new();

    public LogLines Log { get; } = new();

    public RunTracer Tracer => _services.GetRequiredService<RunTracer>();

    public SpanWriter Writer => _services.GetRequiredService<SpanWriter>();

    public static async Task<TracingHost> StartAsync(TracingOptions? options = null, TimeProvider? time = null, Dictionary<string, string?>? settings = null)
    {
        var host = new TracingHost(options ?? new(), time ?? TimeProvider.System, settings ?? []);
        foreach (var service in host._services.GetServices<IHostedService>())
            await service.StartAsync(CancellationToken.None);
        return host;
    }

    /// <summary>What the own store has once the writer has caught up.</summary>
    public async Task<IReadOnlyList<SpanRecord>> StoredAsync()
    {
        Assert.True(await Writer.FlushAsync(TimeSpan.FromSeconds(20)));
        return Traces.Spans;
    }

    public async Task StopAsync()
    {
        foreach (var service in _services.GetServices<IHostedService>())
            await service.StopAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _services.DisposeAsync();
    }
}
