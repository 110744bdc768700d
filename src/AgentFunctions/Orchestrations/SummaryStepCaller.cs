// The last thing before a run is finished: the summary of its session, when one is due.
using AgentFunctions.Activities;
using AgentFunctions.Costs;
using AgentFunctions.Runs;
using AgentFunctions.Sessions;
using Microsoft.DurableTask;

namespace AgentFunctions.Orchestrations;

internal static class SummaryStepCaller
{
    /// <summary>The outcome with what the summary used. Nothing that happens to the summary changes how the run ended.</summary>
    public static async Task<RunOutcome> AddAsync(RunScope scope, RunOutcome outcome)
    {
        if (!scope.Run.Summarizes || scope.SessionPosition == 0 || outcome.Status != RunStatus.Completed)
            return outcome;
        try
        {
            var step = new SummaryStep(scope.Run.RunId, scope.SessionPosition);
            if (await scope.Context.CallActivityAsync<ModelStepResult?>(nameof(SummarizeSession), step, RunScope.Patient) is not { } call)
                return outcome;
            return outcome with
            {
                Usage = outcome.Usage + call.Usage,
                CostUsd = Money.Sum(outcome.CostUsd, call.CostUsd),
                UnpricedCalls = outcome.UnpricedCalls + (call.CostUnknown ? 1 : 0),
                FinishedAt = scope.Now,
            };
        }
        catch (TaskFailedException)
        {
            // Its stores failed for long; FinishRun, which uses the same ones, will tell.
            return outcome;
        }
    }
}
