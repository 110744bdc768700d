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
    /// <param name="worksFor">The accounts of the runs that it works for.</param>
    public BudgetTerms? TermsOf(RunRecord run, AgentDefinition agent, IReadOnlyList<RunAccount>? worksFor = null)
    {
        var rates = prices.Find(agent.Model, null, RunUsage.None, time.GetUtcNow())?.Rates;
        var own = RunAccount.Of(run, agent);
        var terms = BudgetTerms.Of(run, agent, LimitsOf(agent), rates) with { Runs = [.. worksFor ?? [], .. own is null ? [] : new[] { own }] };
        return terms is { Limits: { Session: null, UserPerDay: null }, Runs.Count: 0 } ? null : terms;
    }
}
