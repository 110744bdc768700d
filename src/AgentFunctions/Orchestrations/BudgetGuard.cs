// The limits of a run, looked at before each model call and before tools: its own, and those it shares with other runs.
using AgentFunctions.Budgets;
using AgentFunctions.Runs;

namespace AgentFunctions.Orchestrations;

internal sealed class BudgetGuard(RunScope scope, RunTotals totals)
{
    private static readonly TimeSpan _firstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestWait = TimeSpan.FromSeconds(10);

    private readonly SharedBudget? _shared = scope.Run.Shared is { } terms ? new SharedBudget(scope, totals, terms) : null;
    private DateTimeOffset? _startedAt;

    /// <summary>
    /// What stops the run before its next model call; null when the call may begin, or the run was cancelled while it waited.
    /// A call that may begin is settled by <see cref="SettleAsync"/>.
    /// </summary>
    /// <param name="steps">Steps taken so far.</param>
    public async Task<BudgetStop?> ReserveAsync(int steps)
    {
        _startedAt ??= scope.Now;
        for (var wait = _firstWait; ; wait = wait * 2 > _longestWait ? _longestWait : wait * 2)
        {
            if (OwnLimit(steps) is { } own)
                return new BudgetStop(BudgetStop.Run, own);
            var (answer, stop) = _shared is null ? (BudgetAnswer.Granted, null) : await _shared.ReserveAsync(steps + 1);
            if (answer != BudgetAnswer.Wait)
                return stop;
            if (wait == _firstWait)
                scope.Log.WaitsForBudget(steps + 1);
            if (!await scope.WaitAsync(wait))
                return null;
        }
    }

    /// <summary>Tells the shared budgets what the call used; nothing when there was none.</summary>
    public Task SettleAsync() => _shared?.SettleAsync() ?? Task.CompletedTask;

    /// <summary>What forbids that many tool calls; all or none of a step's calls are made.</summary>
    public BudgetStop? ForTools(int calls) =>
        scope.Run.Budget?.ToolCalls is { } limit && totals.ToolCalls + calls > limit
            ? new BudgetStop(BudgetStop.Run, new BudgetUse("tool_calls", limit, totals.ToolCalls + calls))
            : null;

    /// <summary>What forbids work for a member, whose own run looks at the shared budgets.</summary>
    /// <param name="steps">Steps taken so far.</param>
    public BudgetStop? ForMember(int steps)
    {
        _startedAt ??= scope.Now;
        return OwnLimit(steps) is { } own ? new BudgetStop(BudgetStop.Run, own) : null;
    }

    private BudgetUse? OwnLimit(int steps)
    {
        var (start, now) = (_startedAt!.Value, scope.Now);
        var elapsed = (now - start - scope.Waits.Between(start, now)).TotalSeconds;
        return scope.Run.Budget switch
        {
            { Tokens: { } tokens } when totals.Usage.TotalTokens >= tokens => new BudgetUse("tokens", tokens, totals.Usage.TotalTokens),
            { CostUsd: { } usd } when totals.CostUsd >= usd => new BudgetUse("cost_usd", usd, totals.CostUsd.Value),
            { Seconds: { } seconds } when elapsed >= seconds => new BudgetUse("seconds", (decimal)seconds, (decimal)Math.Round(elapsed, 1)),
            { Steps: { } limit } when steps >= limit => new BudgetUse("steps", limit, steps),
            _ => null,
        };
    }
}
