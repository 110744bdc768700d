// The pre-hooks before a run's work and the post-hooks after it.
using AgentFunctions.Activities;
using AgentFunctions.Hooks;
using AgentFunctions.Runs;

namespace AgentFunctions.Orchestrations;

internal static class RunChecks
{
    /// <summary>Does the work unless a pre-hook refuses the input; an answer that a post-hook refuses is an error.</summary>
    public static async Task<RunOutcome> AroundAsync(RunScope scope, Func<Task<RunOutcome>> work, Func<RunError, RunOutcome> failed)
    {
        if (scope.Run.ChecksInput && await CheckAsync(scope, nameof(CheckInput), HookPoints.PreRun) is { } refused)
            return failed(refused);
        var outcome = await work();
        if (!scope.Run.ChecksOutput || outcome.Status != RunStatus.Completed)
            return outcome;
        var error = await CheckAsync(scope, nameof(CheckOutput), HookPoints.PostRun);
        return error is null
            ? outcome with { FinishedAt = scope.Now }
            : outcome with { Status = RunStatus.Error, TerminationReason = "error", Error = error, FinishedAt = scope.Now };
    }

    private static async Task<RunError?> CheckAsync(RunScope scope, string activity, string point)
    {
        var check = new RunCheck(scope.Run.RunId, point, scope.SessionPosition);
        return (await scope.Context.CallActivityAsync<RunCheckOutcome>(activity, check, RunScope.Patient)).Error;
    }
}
