// The whole tracing pipeline as the app registers it, fed with sample runs.
using AgentFunctions.Local.Storage;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Traces;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AgentFunctions.Benchmarks.Spans;

/// <summary>From stored facts over the tracer, its processors and the writer's queue into a trace store.</summary>
internal sealed class SpanPipeline : IAsyncDisposable
{
    // More waits than this only while the feeder lets it, so nothing is dropped.
    private const int Queue = 16_384;

    private readonly ServiceProvider _services;

    private SpanPipeline(Action<IServiceCollection> addStore, string folder)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddSqliteStores(folder);
        addStore(services);
        services.AddRunTelemetry(new TracingOptions { Writer = new SpanWriterOptions { MaxQueueSize = Queue } });
        _services = services.BuildServiceProvider();
    }

    public ITraceStore Store => _services.GetRequiredService<ITraceStore>();

    public ITraceQueries Queries => _services.GetRequiredService<ITraceQueries>();

    /// <param name="folder">Of the SQLite files.</param>
    /// <param name="store">Instead of the SQLite trace store.</param>
    public static async Task<SpanPipeline> StartAsync(string folder, ITraceStore? store = null)
    {
        var pipeline = new SpanPipeline(services =>
        {
            if (store is not null)
                services.AddSingleton(store);
        }, folder);
        foreach (var service in pipeline._services.GetServices<IHostedService>())
            await service.StartAsync(CancellationToken.None);
        return pipeline;
    }

    /// <summary>Emits the spans of the runs and waits until all of them are stored.</summary>
    /// <param name="progress">Told how many runs are stored.</param>
    public async Task FeedAsync(IEnumerable<SampleRun> runs, Action<int>? progress = null)
    {
        var (tracer, writer) = (_services.GetRequiredService<RunTracer>(), _services.GetRequiredService<SpanWriter>());
        var (fed, queued) = (0, 0);
        foreach (var sample in runs)
        {
            foreach (var facts in RunSpans.All(sample.Run, sample.Agent, sample.Work))
            {
                tracer.Emit(sample.Run, facts);
                queued++;
            }

            fed++;
            if (queued < Queue / 2)
                continue;
            await FlushAsync(writer);
            progress?.Invoke(fed);
            queued = 0;
        }

        await FlushAsync(writer);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services.GetServices<IHostedService>())
            await service.StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
    }

    private static async Task FlushAsync(SpanWriter writer)
    {
        if (!await writer.FlushAsync(TimeSpan.FromMinutes(5)))
            throw new InvalidOperationException("The store did not keep up within five minutes.");
    }
}
