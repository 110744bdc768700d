// What a run's orchestration reserves by: the limits it shares, and what its model calls may use.
using System.Security.Cryptography;
using System.Text;
using AgentFunctions.Agents;
using AgentFunctions.Costs;
using AgentFunctions.Runs;

namespace AgentFunctions.Budgets;

/// <summary>The account of a run with members. All of them reserve from it, so that those at work at the same time do not each use up what is left.</summary>
public sealed record RunAccount(string RunId, BudgetLimits Limits)
{
    /// <summary>The run's account; null when nobody shares its tokens and dollars with it.</summary>
    public static RunAccount? Of(RunRecord run, AgentDefinition agent) =>
        agent.Members.Count > 0 && (run.Budget ?? agent.Budget) is { } budget && (budget.Tokens ?? budget.CostUsd) is not null
            ? new RunAccount(run.RunId, new BudgetLimits(budget.Tokens, budget.CostUsd))
            : null;
}

/// <summary>Part of the orchestration's input, so that it decides without I/O.</summary>
/// <param name="Limits">The limits that hold for the run; those of the user are null when the run has none.</param>
/// <param name="UserKey">Stands for the user in the account's name.</param>
/// <param name="FirstPrompt">Estimated tokens of the first call's prompt.</param>
/// <param name="MaxAnswer">Tokens of the longest answer that is expected.</param>
/// <param name="Rates">The model's price; null when it is not known.</param>
public sealed record BudgetTerms(SharedBudgets Limits, string? UserKey, long FirstPrompt, int MaxAnswer, PriceRates? Rates)
{
    private const int CharactersPerToken = 4;
    private const int UsualAnswer = 4096;

    /// <summary>Budgets of runs that give work to others: the run's own, when it is one, and those of the runs it works for.</summary>
    public IReadOnlyList<RunAccount> Runs { get; init; } = [];

    public static BudgetTerms Of(RunRecord run, AgentDefinition agent, SharedBudgets limits, PriceRates? rates) => new(
        limits with { UserPerDay = run.UserId is null ? null : limits.UserPerDay },
        run.UserId is null ? null : KeyOf(run.UserId),
        (agent.Prompt.Length + run.Input.Length + agent.Tools.Sum(t => t.Parameters.GetRawText().Length)) / CharactersPerToken,
        agent.Model.MaxTokens ?? UsualAnswer,
        rates);

    /// <summary>A user id may be of any letters; a key of the durable store may not.</summary>
    public static string KeyOf(string userId) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(userId)))[..32];

    /// <summary>What the next call may use: the conversation so far, and the longest answer.</summary>
    /// <param name="lastTokens">Tokens of the step before; null for the first.</param>
    public BudgetAmount Estimate(long? lastTokens)
    {
        var usage = new RunUsage(lastTokens ?? FirstPrompt, MaxAnswer, 0, 0);
        return new BudgetAmount(usage.TotalTokens, Rates?.CostOf(usage) ?? 0);
    }
}
