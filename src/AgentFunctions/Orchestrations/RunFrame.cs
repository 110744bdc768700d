// What every run's orchestration does around its work: take the session's turn, finish the run, end the turn.
using AgentFunctions.Activities;
using AgentFunctions.Runs;
using Microsoft.DurableTask;

namespace AgentFunctions.Orchestrations;

internal static class RunFrame
{
    /// <param name="scope">The run.</param>
    /// <param name="work">The run's work. It throws only for failures of stores and host.</param>
    /// <param name="failed">The outcome when it threw.</param>
    public static async Task<RunOutcome> RunAsync(RunScope scope, Func<Task<RunOutcome>> work, Func<RunError, RunOutcome> failed)
    {
        var turn = new SessionTurns(scope);
        var outcome = await turn.TakeAsync() ? await WorkAsync(scope, work, failed) : Cancelled(scope);
        outcome = await SummaryStepCaller.AddAsync(scope, outcome with { Waits = scope.Waits.Over.Count > 0 ? scope.Waits.Over : null });
        await scope.Context.CallActivityAsync(nameof(FinishRun), outcome, RunScope.Patient);
        scope.Log.Ended(outcome);
        await Task.WhenAll(BackgroundHook.StartAllAsync(scope), SharedBudget.CloseAsync(scope), turn.EndAsync(outcome.Usage));
        return outcome;
    }

    private static async Task<RunOutcome> WorkAsync(RunScope scope, Func<Task<RunOutcome>> work, Func<RunError, RunOutcome> failed)
    {
        try
        {
            return await RunChecks.AroundAsync(scope, work, failed);
        }
        catch (TaskFailedException e)
        {
            return failed(new RunError(RunErrorCodes.Unknown, $"{e.TaskName} failed: {e.FailureDetails.ErrorMessage}"));
        }
    }

    private static RunOutcome Cancelled(RunScope scope) => new()
    {
        RunId = scope.Run.RunId,
        Status = RunStatus.Cancelled,
        TerminationReason = "cancelled",
        Steps = 0,
        FinishedAt = scope.Now,
    };
}
