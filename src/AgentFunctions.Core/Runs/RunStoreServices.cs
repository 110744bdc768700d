using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AgentFunctions.Runs;

/// <summary>Registers a run store so that its readers are woken by its writes, and roots are told what members do.</summary>
public static class RunStoreServices
{
    /// <summary>Adds <see cref="IRunStore"/>, <see cref="RunEventFeed"/> and <see cref="RunSignals"/>, all for the process.</summary>
    /// <param name="open">Makes the store; called once.</param>
    public static IServiceCollection AddRunStore(this IServiceCollection services, Func<IServiceProvider, IRunStore> open)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<RunSignals>();
        services.AddSingleton<IRunStore>(provider =>
            new RelayingRunStore(new SignallingRunStore(open(provider), provider.GetRequiredService<RunSignals>())));
        services.AddSingleton<RunEventFeed>();
        return services;
    }
}
