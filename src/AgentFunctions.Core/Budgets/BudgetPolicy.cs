// Which shared limits hold for which run: the agent's own, else those of the app.
using AgentFunctions.Agents;
using AgentFunctions.Configuration;
using AgentFunctions.Costs;
using AgentFunctions.Runs;

namespace AgentFunctions.Budgets;

public sealed class BudgetPolicy(AppConfiguration configuration, PriceBook prices, TimeProvider time)
{
    /// <summary>The app's limits; an agent may have others.</summary>
    public SharedBudgets AppLimits => configuration.Budgets;

    public SharedBudgets LimitsOf(AgentDefinition agent) => (agent.Budgets ?? new SharedBudgets()).Or(configuration.Budgets);

    /// <summary>The terms of a run; null when it shares no limit.</summary>
    public BudgetTerms? TermsOf(RunRecord run, AgentDefinition agent)
    {
        var rates = prices.Find(agent.Model, null, RunUsage.None, time.GetUtcNow())?.Rates;
        var terms = BudgetTerms.Of(run, agent, LimitsOf(agent), rates);
        return terms.Limits is { Session: null, UserPerDay: null } ? null : terms;
    }
}
