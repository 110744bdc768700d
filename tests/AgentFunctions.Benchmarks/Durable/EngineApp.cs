// An app on the embedded engine, put together as an app does it, with state.db in a folder of the benchmark.
using System.Diagnostics;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Embedded.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Benchmarks.Durable;

internal sealed class EngineApp : IAsyncDisposable
{
    private const string FileName = "state.db";

    private readonly IHost _host;

    private EngineApp(IHost host, TimeSpan startup) => (_host, Startup) = (host, startup);

    public DurableTaskClient Client => _host.Services.GetRequiredService<DurableTaskClient>();

    /// <summary>From the open of the database to an engine that works.</summary>
    public TimeSpan Startup { get; }

    /// <param name="functions">The class of its functions.</param>
    /// <param name="services">What that class asks for.</param>
    public static async Task<EngineApp> StartAsync(string folder, Type functions, params object[] services)
    {
        var builder = FunctionsApplication.CreateBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.ConfigureFunctionsWebApplication().AddFunctions(functions);
        builder.Services.AddSingleton(_ => SqliteDatabase.Open(PathOf(folder)));
        foreach (var service in services)
            builder.Services.AddSingleton(service.GetType(), service);
        var clock = Stopwatch.StartNew();
        var host = builder.Build();
        await host.StartAsync();
        return new EngineApp(host, clock.Elapsed);
    }

    public static string PathOf(string folder) => Path.Combine(folder, FileName);

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
