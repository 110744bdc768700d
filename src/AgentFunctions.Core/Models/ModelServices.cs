// Registration of models.
using AgentFunctions.Telemetry.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AgentFunctions.Models;

/// <summary>Registers the model clients.</summary>
public static class ModelServices
{
    /// <param name="services">Where to register.</param>
    /// <param name="environment">Looks up the variables of <c>${VAR}</c> in keys; the process environment by default.</param>
    public static IServiceCollection AddModels(this IServiceCollection services, Func<string, string?>? environment = null)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IModelClients>(sp =>
            new ModelClients(sp.GetRequiredService<TimeProvider>(), environment ?? Environment.GetEnvironmentVariable, sp.GetService<AgentMeter>()));
        return services;
    }
}
