// The durable operation behind DELETE of a run, a session or a user: it goes on after any crash until nothing is left.
using AgentFunctions.Activities;
using AgentFunctions.Budgets;
using AgentFunctions.Entities;
using AgentFunctions.Sessions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Orchestrations;

/// <summary>Find a batch, remove it, look again. Unfinished runs are cancelled and waited for when that was asked, else they end the operation.</summary>
public static class ForgetData
{
    /// <summary>Begins the ids of these instances: by it they are found and purged when they have ended.</summary>
    public const string IdPrefix = "forget_";

    private const int RoundsOfHistory = 50;
    private static readonly TimeSpan _firstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestWait = TimeSpan.FromMinutes(1);

    [Function(nameof(ForgetData))]
    public static async Task<ErasureTally> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, ErasureOrder order)
    {
        var wait = _firstWait;
        for (var round = 0; round < RoundsOfHistory; round++)
        {
            var batch = await context.CallActivityAsync<ErasureBatch>(nameof(FindErasable), order, RunScope.Patient);
            if (batch.Runs.Count > 0)
            {
                await context.CallActivityAsync(nameof(EraseRuns), batch.Runs, RunScope.Patient);
                order = order with { Tally = order.Tally.With(batch), Shared = [.. order.Shared.Union(batch.Shared)] };
            }
            else if (batch.Sessions.Count > 0)
            {
                await EraseSessionsAsync(context, batch.Sessions);
                order = order with { Tally = order.Tally with { Sessions = order.Tally.Sessions + batch.Sessions.Count } };
            }

            if (batch.Unfinished.Count > 0 && !order.Force)
                return await ProveAsync(context, order with { Tally = order.Tally with { BusyRunId = batch.Unfinished[0] } });
            if (batch.Unfinished.Count > 0)
            {
                await context.CallActivityAsync(nameof(CancelRuns), batch.Unfinished, RunScope.Patient);
                await context.CreateTimer(wait, CancellationToken.None);
                wait = wait * 2 < _longestWait ? wait * 2 : _longestWait;
            }
            else if (batch.Runs.Count + batch.Sessions.Count == 0)
            {
                return await ProveAsync(context, order);
            }
        }

        context.ContinueAsNew(order);
        return order.Tally;
    }

    private static async Task EraseSessionsAsync(TaskOrchestrationContext context, IReadOnlyList<string> sessions)
    {
        foreach (var session in sessions)
        {
            await context.Entities.CallEntityAsync(new EntityInstanceId(nameof(SessionEntity), session), BudgetEntity.DeleteOperation);
            await context.Entities.CallEntityAsync(BudgetEntity.OfSession(session), BudgetEntity.DeleteOperation);
        }

        await context.CallActivityAsync(nameof(EraseSessions), sessions, RunScope.Patient);
    }

    private static async Task EraseAccountsAsync(TaskOrchestrationContext context, string userKey)
    {
        for (var day = 0; day <= BudgetEntity.UserAccountDays; day++)
            await context.Entities.CallEntityAsync(BudgetEntity.OfUser(userKey, context.CurrentUtcDateTime.AddDays(-day)), BudgetEntity.DeleteOperation);
    }

    private static async Task<ErasureTally> ProveAsync(TaskOrchestrationContext context, ErasureOrder order)
    {
        foreach (var session in order.Shared)
            await context.CallActivityAsync(nameof(MendSession), session, RunScope.Patient);
        if (order.UserId is { } user && order.Tally.BusyRunId is null)
            await EraseAccountsAsync(context, BudgetTerms.KeyOf(user));
        await context.CallActivityAsync(nameof(ProveErasure), order, RunScope.Patient);
        return order.Tally;
    }
}
