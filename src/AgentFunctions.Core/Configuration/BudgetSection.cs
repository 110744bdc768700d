// `budgets`, of the app or of an agent: limits that many runs share.
using AgentFunctions.Budgets;

namespace AgentFunctions.Configuration;

internal static class BudgetSection
{
    public static SharedBudgets? Read(ConfigValue? value)
    {
        if (value?.Map() is not { } map)
            return null;
        var budgets = new SharedBudgets(ReadLimits(map.Get("session")), ReadLimits(map.Get("user_per_day")));
        map.End();
        return budgets;
    }

    private static BudgetLimits? ReadLimits(ConfigValue? value)
    {
        if (value?.Map() is not { } map)
            return null;
        var limits = new BudgetLimits(map.Get("tokens")?.Long(1), map.Get("cost_usd")?.Decimal(0));
        map.End();
        return limits;
    }
}
