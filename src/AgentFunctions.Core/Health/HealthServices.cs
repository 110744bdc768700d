// Registration of health: the checks of every build, to which a build adds its own.
using AgentFunctions.Agents;
using AgentFunctions.Models;
using AgentFunctions.Telemetry;
using AgentFunctions.Traces;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Health;

public static class HealthServices
{
    /// <summary>Adds <see cref="Readiness"/> and <see cref="RequestDrain"/>. Every registered <see cref="HealthCheck"/> takes part.</summary>
    public static IServiceCollection AddHealth(this IServiceCollection services)
    {
        services.AddSingleton<Readiness>();
        services.AddSingleton<RequestDrain>();
        services.AddHostedService(provider => provider.GetRequiredService<RequestDrain>());
        services.AddSingleton(p => StandardChecks.StateStore(p.GetRequiredService<IDefinitionStore>(), p.GetRequiredService<IAgentCatalog>()));
        services.AddSingleton(p => StandardChecks.TraceStore(p.GetRequiredService<ITraceStore>()));
        services.AddSingleton(p => StandardChecks.SpanQueue(p.GetRequiredService<SpanWriter>(), p.GetRequiredService<SpanWriterOptions>()));
        return services.AddSingleton(p => StandardChecks.Models(p.GetRequiredService<IAgentCatalog>(), p.GetRequiredService<IModelClients>()));
    }
}
