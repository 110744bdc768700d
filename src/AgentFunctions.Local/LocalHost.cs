// The composition of the embedded build: the functions on the embedded host, with SQLite stores.
using System.Reflection;
using AgentFunctions.Configuration;
using AgentFunctions.Embedded.DurableTask;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Embedded.Worker;
using AgentFunctions.Local.Cli;
using AgentFunctions.Local.Hosting;
using AgentFunctions.Local.Storage;
using AgentFunctions.Runs;
using Azure;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Local;

/// <summary>A started host. Disposing it stops the host and lets the data folder go.</summary>
internal sealed class LocalHost : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly DataDirectory _data;

    private LocalHost(IHost host, DataDirectory data)
    {
        _host = host;
        _data = data;
        var server = host.Services.GetRequiredService<IServer>();
        Address = new Uri(server.Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    /// <summary>Where the host listens; the real port when port 0 was asked for.</summary>
    public Uri Address { get; }

    public string DataPath => _data.Path;

    public IServiceProvider Services => _host.Services;

    /// <param name="functions">The classes whose functions are served; all when none is given. Without durable ones no run is resumed.</param>
    public static async Task<LocalHost> StartAsync(ServeOptions options, bool quiet, CancellationToken cancellationToken, params Type[] functions)
    {
        var data = DataDirectory.Open(options.Data, TimeProvider.System, options.Urls);
        try
        {
            var host = Build(options, data, quiet, functions);
            await ListenAsync(host, cancellationToken);
            return new LocalHost(host, data);
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    /// <summary>Runs a command; a mistake of the user's becomes one clear message and exit code 2 instead of a stack trace.</summary>
    public static async Task<int> GuardAsync(Func<Task<int>> command)
    {
        try
        {
            return await command();
        }
        catch (Exception e) when (e is ConfigurationException or DataDirectoryInUseException or IOException or InvalidDataException or RequestFailedException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 2;
        }
        catch (OperationCanceledException)
        {
            return 1;
        }
    }

    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => _host.WaitForShutdownAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        // A second stop would give functions that ignore the first one another grace period.
        if (!Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopped.IsCancellationRequested)
            await _host.StopAsync(CancellationToken.None);
        if (_host is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
        _data.Dispose();
    }

    private static async Task ListenAsync(IHost host, CancellationToken cancellationToken)
    {
        try
        {
            await host.StartAsync(cancellationToken);
        }
        catch (IOException e) when (host.Services.GetService<OperationPorts>()?.Explain(e) is { } explained)
        {
            throw explained;
        }
    }

    private static IHost Build(ServeOptions options, DataDirectory data, bool quiet, Type[] functions)
    {
        // Whoever opens a database first would otherwise decide which SQLite runs.
        SqliteNative.Load();
        var builder = FunctionsApplication.CreateBuilder(["--urls", options.Urls]);
        builder.ConfigureFunctionsWebApplication().AddFunctions(functions.Length > 0 ? functions : Functions());
        if (options.Config is not null)
            builder.Configuration["AGENTFUNCTIONS_CONFIG"] = Path.GetFullPath(options.Config);
        HostLogging.Configure(builder.Logging, options.Log, quiet);
        options.Configure?.Invoke(builder.Services);
        builder.Services.AddAgentFunctions(builder.Configuration, AppContext.BaseDirectory).CheckEmbedded();
        builder.Services.AddSqliteStores(data.Path).AddTracesInTables(builder.Configuration);
        builder.Services.AddSingleton<IRunHistory, EngineRunHistory>();
        builder.Services.AddSingleton(DataFolderCheck.For(data.Path));
        // A command that prints its own output serves nobody but itself.
        if (!quiet)
            AddPorts(builder, options.Urls);
        return builder.Build();
    }

    // Ours, and those of a program that is built on this one.
    private static Type[] Functions() =>
        [.. new[] { typeof(LocalHost).Assembly, Assembly.GetEntryAssembly() }.OfType<Assembly>().Distinct().SelectMany(assembly => assembly.GetTypes())];

    private static void AddPorts(FunctionsApplicationBuilder builder, string urls)
    {
        var configuration = builder.Services.Select(service => service.ImplementationInstance).OfType<AppConfiguration>().Single();
        var ports = new OperationPorts(configuration.Observability);
        builder.Services.AddSingleton(ports);
        builder.Services.AddSingleton<IStartupFilter>(ports);
        builder.Configuration["urls"] = ports.AddTo(urls);
    }
}
