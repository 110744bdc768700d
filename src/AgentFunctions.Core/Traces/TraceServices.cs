// Registration of what reads traces and moves them between stores.
using AgentFunctions.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Traces;

public static class TraceServices
{
    /// <summary>Adds what reads traces. The app adds its stores (<see cref="ITraceStore"/>, <see cref="ITraceQueries"/>) and its tracing.</summary>
    public static IServiceCollection AddTraceReading(this IServiceCollection services) => services
        .AddSingleton<LiveRuns>()
        .AddSingleton<TraceReader>()
        .AddSingleton<TraceList>()
        .AddSingleton<TraceImport>()
        .AddSingleton(provider => new TraceExport(
            provider.GetRequiredService<ITraceStore>(), provider.GetRequiredService<ITraceQueries>(), provider.GetRequiredService<TracingOptions>().ServiceName));
}
