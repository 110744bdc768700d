// The outcome of a workflow's run.
using AgentFunctions.Runs;
using AgentFunctions.Workflows;

namespace AgentFunctions.Orchestrations;

internal sealed class WorkflowEnding(RunScope scope)
{
    private int _steps;

    /// <summary>What the run's members used.</summary>
    public RunTotals Totals { get; } = new();

    /// <param name="result">Of the steps.</param>
    /// <param name="stop">Of the run.</param>
    /// <param name="steps">How many attempts of steps were begun.</param>
    public RunOutcome Of(StepOutcome result, StopSignal stop, int steps)
    {
        _steps = steps;
        return result switch
        {
            _ when scope.Cancelled.IsCompleted => Ended(RunStatus.Cancelled, "cancelled"),
            { Status: StepStatus.Completed } => Ended(RunStatus.Completed, "natural"),
            { Status: StepStatus.Cancelled } when stop.TimedOut => Failed(new RunError(RunErrorCodes.StepTimeout, "The workflow did not finish within its time.")),
            { Status: StepStatus.Cancelled } => Ended(RunStatus.Cancelled, "cancelled"),
            { Error.Code: RunErrorCodes.BudgetExceeded } => Ended(RunStatus.Error, "budget_exceeded") with { Error = result.Error },
            _ => Failed(result.Error ?? new RunError(RunErrorCodes.Unknown, "A step failed.")),
        };
    }

    public RunOutcome Failed(RunError error) => Ended(RunStatus.Error, "error") with { Error = error };

    private RunOutcome Ended(RunStatus status, string reason) => new()
    {
        RunId = scope.Run.RunId,
        Status = status,
        TerminationReason = reason,
        Steps = _steps,
        Usage = Totals.Usage,
        CostUsd = Totals.CostUsd,
        UnpricedCalls = Totals.UnpricedCalls,
        FinishedAt = scope.Now,
    };
}
