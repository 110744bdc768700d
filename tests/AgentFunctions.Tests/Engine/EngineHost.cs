using System.Collections.Concurrent;
using AgentFunctions.Embedded.DurableTask;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Tests.Telemetry;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Tests.Engine;

/// <summary>The engine on a state.db of its own, with the functions of one test; it can be stopped, crashed and started again.</summary>
internal sealed class EngineHost : IAsyncDisposable
{
    /// <summary>How long a test waits for something that should happen at once.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder _folder = new();
    private int _generation;
    private ServiceProvider? _services;

    public FakeTime Time { get; } = new();

    public DurableFunctionRegistry Functions { get; set; } = new();

    /// <summary>Where state.db is; by default a folder that goes with the host.</summary>
    public string? Folder { get; init; }

    public SqliteDatabaseOptions DatabaseOptions { get; init; } = new() { Synchronous = SqliteSynchronous.Normal };

    public LogLines Log { get; } = new();

    public SqliteDatabase Database => _services!.GetRequiredService<SqliteDatabase>();

    public bool IsRunning => _services is not null;

    /// <summary>What host.json says.</summary>
    public Dictionary<string, string?> Settings { get; } = [];

    public DurableTaskClient Client => _services!.GetRequiredService<DurableTaskClient>();

    public IInstanceHistory History => _services!.GetRequiredService<IInstanceHistory>();

    public string StatePath => PathOf(_generation);

    /// <summary>The copy that <see cref="CrashHere"/> made.</summary>
    public string CrashedPath => PathOf(_generation + 1);

    /// <summary>What the engine logs as a warning or worse.</summary>
    public ConcurrentQueue<string> Warnings { get; } = [];

    /// <summary>Each episode replays its history, as on Azure, instead of going on in memory.</summary>
    public EngineHost ReplayingEachTime()
    {
        Settings["AzureFunctionsJobHost:extensions:durableTask:extendedSessionsEnabled"] = "false";
        return this;
    }

    public EngineHost Orchestrator<TResult>(string name, Func<TaskOrchestrationContext, Task<TResult>> run)
    {
        Functions.AddOrchestrator(name, async context => await run(context));
        return this;
    }

    public EngineHost Activity<TInput>(string name, Func<TInput, object?> run) =>
        AsyncActivity<TInput>(name, input => Task.FromResult(run(input)));

    public EngineHost AsyncActivity<TInput>(string name, Func<TInput, Task<object?>> run)
    {
        Functions.AddActivity(name, invocation => run(JsonDataConverter.Default.Deserialize<TInput>(invocation.SerializedInput)!));
        return this;
    }

    public EngineHost Entity(string name, Func<TaskEntityOperation, ValueTask<object?>> run)
    {
        Functions.AddEntity(name, run);
        return this;
    }

    public async Task<EngineHost> StartAsync()
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(Time);
        services.AddSingleton(Functions);
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(Settings).Build());
        services.AddSingleton(_ => SqliteDatabase.Open(StatePath, DatabaseOptions));
        services.AddLogging(logging => logging.AddProvider(Log));
        services.AddEmbeddedDurableTask();
        services.AddSingleton<ILoggerProvider>(new WarningCollector(Warnings));
        _services = services.BuildServiceProvider();
        foreach (var service in _services.GetServices<IHostedService>())
        {
            await service.StartAsync(CancellationToken.None);
        }
        return this;
    }

    /// <summary>Stops in good order.</summary>
    public async Task StopAsync(CancellationToken graceEnds = default)
    {
        foreach (var service in _services!.GetServices<IHostedService>())
        {
            await service.StopAsync(graceEnds);
        }
        await _services!.DisposeAsync();
        _services = null;
    }

    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    /// <summary>
    /// What a kill at this moment leaves behind: a copy of the files as they are. The running engine goes on with its own files
    /// until <see cref="RestartFromCrashAsync"/> drops it.
    /// </summary>
    public void CrashHere()
    {
        foreach (var suffix in new[] { "", "-wal" })
        {
            File.Copy(StatePath + suffix, PathOf(_generation + 1) + suffix);
        }
    }

    private string PathOf(int generation) => Path.Combine(Folder ?? _folder.Path, $"state{generation}.db");

    /// <summary>Starts on the files that the crash left.</summary>
    public async Task RestartFromCrashAsync(DurableFunctionRegistry functions)
    {
        await DisposeServicesAsync();
        Functions = functions;
        _generation++;
        await StartAsync();
    }

    public async Task<OrchestrationMetadata> RunAsync(string name, object? input = null, string? instanceId = null)
    {
        var id = await Client.ScheduleNewOrchestrationInstanceAsync(name, input, new StartOrchestrationOptions(instanceId));
        return await EndOfAsync(id);
    }

    public async Task<OrchestrationMetadata> EndOfAsync(string instanceId) =>
        await Client.WaitForInstanceCompletionAsync(instanceId, getInputsAndOutputs: true).WaitAsync(Patience);

    /// <summary>Waits until the instance's history has so many events of a kind: it is parked after the last.</summary>
    public async Task UntilHistoryHasAsync(string instanceId, string eventType, int count = 1) =>
        await UntilAsync(async () =>
            (await History.GetHistoryAsync(instanceId, true, CancellationToken.None))?.Count(item => item.EventType == eventType) >= count);

    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var timeout = new CancellationTokenSource(Patience);
        while (!await condition())
        {
            timeout.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await DisposeServicesAsync();
        _folder.Dispose();
    }

    private async Task DisposeServicesAsync()
    {
        if (_services is not null)
        {
            await _services.DisposeAsync();
        }
    }

    private sealed class WarningCollector(ConcurrentQueue<string> warnings) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                warnings.Enqueue($"{eventId.Id} {formatter(state, exception)}");
            }
        }

        public void Dispose()
        {
        }
    }
}
