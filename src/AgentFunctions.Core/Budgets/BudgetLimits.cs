// Limits that many runs share: those of a session, and those of a user and a day.
namespace AgentFunctions.Budgets;

/// <summary>What a session, or a user on one UTC day, may use; a null member sets no limit.</summary>
/// <param name="Tokens">Prompt and completion tokens together.</param>
/// <param name="CostUsd">US dollars, as far as they are known; a run on a model without a price is refused.</param>
public sealed record BudgetLimits(long? Tokens = null, decimal? CostUsd = null);

/// <summary>The limits that runs share.</summary>
/// <param name="Session">Of all runs of one session.</param>
/// <param name="UserPerDay">Of all runs of one <c>user_id</c> on one UTC day.</param>
public sealed record SharedBudgets(BudgetLimits? Session = null, BudgetLimits? UserPerDay = null)
{
    /// <summary>These, with <paramref name="other"/>'s where these say nothing.</summary>
    public SharedBudgets Or(SharedBudgets? other) => new(Session ?? other?.Session, UserPerDay ?? other?.UserPerDay);
}

/// <summary>Tokens and US dollars.</summary>
public sealed record BudgetAmount(long Tokens, decimal CostUsd)
{
    public static BudgetAmount None { get; } = new(0, 0);

    public static BudgetAmount operator +(BudgetAmount a, BudgetAmount b) => new(a.Tokens + b.Tokens, a.CostUsd + b.CostUsd);
}
