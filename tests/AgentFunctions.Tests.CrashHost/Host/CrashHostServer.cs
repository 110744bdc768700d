using AgentFunctions.Embedded.DurableTask;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Embedded.Worker;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Tests.CrashHost.Host;

/// <summary>The process that is killed: the embedded host with our functions, serving the durable management API on loopback.</summary>
internal static class CrashHostServer
{
    public const string Opening = "opening";
    public const string Listening = "listening on ";

    /// <summary>Serves until SIGTERM, or until whoever started it is gone.</summary>
    public static async Task ServeAsync(string data, string stepLog, int lastStepLine, SqliteSynchronous synchronous)
    {
        Console.WriteLine(Opening);
        using var folder = DataDirectory.Open(data, TimeProvider.System);
        using var log = new StepLog(stepLog, lastStepLine);
        using var host = Build(folder, synchronous);
        host.Services.GetRequiredService<DurableFunctionRegistry>().AddActivity(StepActivity.Name, new StepActivity(log).RunAsync);
        await host.StartAsync();
        Console.WriteLine(Listening + host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        StopWithParent(host);
        await host.WaitForShutdownAsync();
        await ((IAsyncDisposable)host).DisposeAsync(); // closes the database, after the engine has drained
    }

    private static IHost Build(DataDirectory folder, SqliteSynchronous synchronous)
    {
        var builder = FunctionsApplication.CreateBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.ConfigureFunctionsWebApplication().AddFunctions(typeof(Orchestrations), typeof(Entities));
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Error)
            .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.AddSingleton(_ =>
            SqliteDatabase.Open(folder.PathOf("state.db"), new SqliteDatabaseOptions { Synchronous = synchronous }));
        return builder.Build();
    }

    /// <summary>The parent holds our standard input open and never writes to it.</summary>
    private static void StopWithParent(IHost host) =>
        _ = Task.Factory.StartNew(
            () =>
            {
                Console.In.ReadToEnd();
                host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
