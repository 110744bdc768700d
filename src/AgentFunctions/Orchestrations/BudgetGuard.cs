// The limits of a run, looked at before each model call.
using AgentFunctions.Runs;

namespace AgentFunctions.Orchestrations;

internal sealed class BudgetGuard(RunScope scope, RunTotals totals)
{
    private readonly DateTime _startedAt = scope.Context.CurrentUtcDateTime;

    /// <summary>What is used up, in words; null when another model call may begin.</summary>
    public string? Exceeded()
    {
        var elapsed = (scope.Context.CurrentUtcDateTime - _startedAt).TotalSeconds;
        return scope.Run.Budget switch
        {
            { Tokens: { } tokens } when totals.Usage.TotalTokens >= tokens => $"{totals.Usage.TotalTokens} of {tokens} tokens used",
            { CostUsd: { } usd } when totals.CostUsd >= usd => $"{totals.CostUsd} of {usd} US dollars used",
            { Seconds: { } seconds } when elapsed >= seconds => $"{elapsed:0.#} of {seconds} seconds used",
            _ => null,
        };
    }
}
