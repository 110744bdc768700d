using AgentFunctions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Costs;

/// <summary>Registers prices and accounting.</summary>
public static class CostServices
{
    public static IServiceCollection AddCosts(this IServiceCollection services, AppConfiguration configuration)
    {
        services.AddSingleton(new PriceBook(BuiltInPrices.Table, configuration.Prices));
        services.AddSingleton(new AccountingOptions(configuration.Observability.TrackTokens, configuration.Observability.CostTracking));
        services.AddSingleton<CallAccounting>();
        return services;
    }
}
