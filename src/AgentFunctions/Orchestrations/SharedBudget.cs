// Reservations of a run in the accounts of the runs it works for, of its session and of its user.
using AgentFunctions.Budgets;
using AgentFunctions.Entities;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Orchestrations;

/// <summary>One reservation at a time, in all accounts or in none: nothing is held while the run waits for one of them.</summary>
internal sealed class SharedBudget(RunScope scope, RunTotals totals, BudgetTerms terms)
{
    private static readonly TimeSpan _dayAccountTime = TimeSpan.FromDays(BudgetEntity.UserAccountDays);

    private readonly List<EntityInstanceId> _held = [];
    private string _id = "";
    private BudgetAmount _before = BudgetAmount.None;
    private long? _lastTokens;

    private BudgetAmount Total => new(totals.Usage.TotalTokens, totals.CostUsd ?? 0);

    public async Task<(BudgetAnswer Answer, BudgetStop? Stop)> ReserveAsync(int step)
    {
        (_id, _before) = ($"{scope.Run.RunId}:{step}", Total);
        foreach (var (name, account, limits) in Accounts())
        {
            var request = new BudgetRequest(_id, terms.Estimate(_lastTokens), limits, scope.Now)
            {
                DeleteAt = name == BudgetStop.User ? scope.Now + _dayAccountTime : null,
            };
            var decision = await scope.Context.Entities.CallEntityAsync<BudgetDecision>(account, nameof(BudgetEntity.Reserve), request);
            if (decision.Answer != BudgetAnswer.Granted)
            {
                await SettleAsync();
                return (decision.Answer, decision.Exceeded is { } exceeded ? new BudgetStop(name, exceeded) : null);
            }

            _held.Add(account);
        }

        return (BudgetAnswer.Granted, null);
    }

    /// <summary>Counts what was used since the reservation, and ends it.</summary>
    public async Task SettleAsync()
    {
        var total = Total;
        var used = new BudgetAmount(total.Tokens - _before.Tokens, total.CostUsd - _before.CostUsd);
        if (used.Tokens > 0)
            _lastTokens = used.Tokens;
        foreach (var account in _held)
            await scope.Context.Entities.CallEntityAsync(account, nameof(BudgetEntity.Settle), new BudgetSettlement(_id, used));
        _held.Clear();
    }

    /// <summary>Ends the run's own account. Members have ended before.</summary>
    public static async Task CloseAsync(RunScope scope)
    {
        if (scope.Run.Shared?.Runs.Any(account => account.RunId == scope.Run.RunId) == true)
            await scope.Context.Entities.SignalEntityAsync(BudgetEntity.OfRun(scope.Run.RunId), BudgetEntity.DeleteOperation);
    }

    private IEnumerable<(string Scope, EntityInstanceId Account, BudgetLimits Limits)> Accounts()
    {
        foreach (var run in terms.Runs)
            yield return (run.RunId == scope.Run.RunId ? BudgetStop.Run : BudgetStop.Parent, BudgetEntity.OfRun(run.RunId), run.Limits);
        if (terms.Limits.Session is { } session)
            yield return (BudgetStop.Session, BudgetEntity.OfSession(scope.Run.SessionId), session);
        if (terms.Limits.UserPerDay is { } day)
            yield return (BudgetStop.User, BudgetEntity.OfUser(terms.UserKey!, scope.Now), day);
    }
}
