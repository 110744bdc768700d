using AgentFunctions.Embedded.Engine;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Embedded.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace AgentFunctions.Embedded.DurableTask;

/// <summary>Registers the embedded durable engine.</summary>
public static class EmbeddedDurableTaskServices
{
    /// <summary>
    /// Adds the engine as a hosted service, with <see cref="DurableTaskClient"/> and <see cref="IInstanceHistory"/>.
    /// It uses the registered <see cref="SqliteDatabase"/> (state.db), and the registered <see cref="DurableFunctionRegistry"/>,
    /// <see cref="DataConverter"/> and <see cref="TimeProvider"/> or defaults. Concurrency limits come from host.json's
    /// <c>extensions.durableTask.maxConcurrentActivityFunctions</c> and <c>maxConcurrentOrchestratorFunctions</c>; with
    /// <c>extendedSessionsEnabled</c> false every episode replays its history, as on Azure.
    /// </summary>
    public static IServiceCollection AddEmbeddedDurableTask(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<DataConverter>(JsonDataConverter.Default);
        services.TryAddSingleton<DurableFunctionRegistry>();
        services.TryAddSingleton(provider => ReadOptions(provider.GetService<IConfiguration>()));
        services.GuardLogging();
        services.AddSingleton<EngineStore>();
        services.AddSingleton<InstanceWaiters>();
        services.AddSingleton<EngineClient>();
        services.AddSingleton<EntityClient>();
        services.AddSingleton<Rewinding>();
        services.AddSingleton<IEngineFunctions, EmbeddedFunctions>();
        services.AddSingleton<DurableEngine>();
        services.AddSingleton<DurableTaskClient, EmbeddedDurableTaskClient>();
        services.AddSingleton<IInstanceHistory, EmbeddedInstanceHistory>();
        services.AddHostedService<EngineService>();
        return services;
    }

    private static EngineOptions ReadOptions(IConfiguration? configuration)
    {
        var section = configuration?.GetSection("AzureFunctionsJobHost:extensions:durableTask");
        var defaults = new EngineOptions();
        return defaults with
        {
            MaxConcurrentActivities = Limit("maxConcurrentActivityFunctions", defaults.MaxConcurrentActivities),
            MaxConcurrentOrchestrators = Limit("maxConcurrentOrchestratorFunctions", defaults.MaxConcurrentOrchestrators),
            MaxResidentOrchestrations = IsOn("extendedSessionsEnabled") ? defaults.MaxResidentOrchestrations : 0,
        };

        bool IsOn(string key) => section?[key] switch
        {
            null => true,
            var text when bool.TryParse(text, out var value) => value,
            var text => throw new InvalidOperationException($"host.json: extensions.durableTask.{key} is '{text}'. Give true or false."),
        };

        int Limit(string key, int otherwise) => section?[key] switch
        {
            null => otherwise,
            var text when int.TryParse(text, out var limit) && limit > 0 => limit,
            var text => throw new InvalidDataException($"host.json: extensions.durableTask.{key} is '{text}'. Give a whole number above 0."),
        };
    }

    private sealed class EngineService(DurableEngine engine) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => engine.StartAsync();

        public Task StopAsync(CancellationToken cancellationToken) => engine.StopAsync(cancellationToken);
    }
}
