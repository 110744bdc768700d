using AgentFunctions.Budgets;
using AgentFunctions.Configuration;
using AgentFunctions.Telemetry.Metrics;
using AgentFunctions.Traces;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Costs;

/// <summary>Registers prices, accounting and the limits of a day.</summary>
public static class CostServices
{
    /// <exception cref="ConfigurationException">A limit is set on something that is not counted.</exception>
    public static IServiceCollection AddCosts(this IServiceCollection services, AppConfiguration configuration)
    {
        var observability = configuration.Observability;
        RequireCounted(configuration);
        services.AddSingleton(new PriceBook(BuiltInPrices.Table, configuration.Prices));
        services.AddSingleton(new AccountingOptions(observability.TrackTokens, observability.CostTracking));
        services.AddSingleton<CallAccounting>();
        services.AddSingleton<BudgetPolicy>();
        services.AddSingleton(new DailyLimits(observability.DailyTokenLimit, observability.CostAlertThresholdUsd));
        services.AddSingleton(provider => new DailySpending(
            new Lazy<ITraceQueries>(provider.GetRequiredService<ITraceQueries>), provider.GetRequiredService<DailyLimits>(),
            provider.GetRequiredService<AgentMeter>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<DailySpending>>()));
        return services;
    }

    // A limit that cannot be kept would be worse than none.
    private static void RequireCounted(AppConfiguration configuration)
    {
        var options = configuration.Observability;
        List<ConfigurationProblem> problems = [];
        if (options.DailyTokenLimit is not null && !(options.TrackTokens && options.Tracing))
            problems.Add(Problem("daily_token_limit", "needs `track_tokens` and `tracing`, which are switched off: the day's tokens are counted in the trace store"));
        if (options.CostAlertThresholdUsd is not null && !(options.TrackTokens && options.CostTracking && options.Tracing))
            problems.Add(Problem("cost_alert_threshold", "needs `track_tokens`, `cost_tracking` and `tracing`, of which one is switched off"));
        if (problems.Count > 0)
            throw new ConfigurationException(problems);

        ConfigurationProblem Problem(string key, string text) => new(configuration.Path ?? "code", 0, 0, "observability." + key, text);
    }
}
