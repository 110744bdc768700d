// The accounts of sessions and users as clients of the durable store see them.
using AgentFunctions.Agents;
using AgentFunctions.Budgets;
using AgentFunctions.Entities;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Runs;

public sealed class BudgetAccounts(BudgetPolicy policy, TimeProvider time)
{
    public SharedBudgets Limits(AgentDefinition agent) => policy.LimitsOf(agent);

    /// <summary>The input of a run's orchestration, with what it shares.</summary>
    public RunStart StartOf(RunRecord run, AgentDefinition agent) => RunStart.Of(run, agent) with { Shared = policy.TermsOf(run, agent) };

    /// <summary>The shared budget that leaves a new run nothing; null when there is none. Spares a run that would stop at once.</summary>
    public async Task<BudgetStop?> ExhaustedAsync(DurableTaskClient client, RunRecord run, AgentDefinition agent, CancellationToken cancellationToken)
    {
        var limits = policy.LimitsOf(agent);
        if (limits.Session is { } session && (await OfSessionAsync(client, run.SessionId, cancellationToken)).Exceeded(session) is { } used)
            return new BudgetStop(BudgetStop.Session, used);
        if (limits.UserPerDay is { } day && run.UserId is { } user && (await OfUserAsync(client, user, cancellationToken)).Exceeded(day) is { } spent)
            return new BudgetStop(BudgetStop.User, spent);
        return null;
    }

    public static Task<BudgetLedger> OfSessionAsync(DurableTaskClient client, string sessionId, CancellationToken cancellationToken) =>
        ReadAsync(client, BudgetEntity.OfSession(sessionId), cancellationToken);

    /// <summary>The user's account of today.</summary>
    public Task<BudgetLedger> OfUserAsync(DurableTaskClient client, string userId, CancellationToken cancellationToken) =>
        ReadAsync(client, BudgetEntity.OfUser(BudgetTerms.KeyOf(userId), time.GetUtcNow()), cancellationToken);

    public static TimeSpan UntilMidnight(DateTimeOffset now) => now.UtcDateTime.Date.AddDays(1) - now.UtcDateTime;

    private static async Task<BudgetLedger> ReadAsync(DurableTaskClient client, EntityInstanceId id, CancellationToken cancellationToken) =>
        (await client.Entities.GetEntityAsync<BudgetLedger>(id, cancellationToken))?.State ?? new BudgetLedger();
}
