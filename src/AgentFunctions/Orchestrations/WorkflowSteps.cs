// Interprets the tree of a workflow's steps: attempts, fallbacks, and the order that sequences, branches and loops ask for.
using AgentFunctions.Activities;
using AgentFunctions.Runs;
using AgentFunctions.Workflows;

namespace AgentFunctions.Orchestrations;

/// <param name="Around">Address of what the steps are within.</param>
/// <param name="Depth">How many steps are around them.</param>
/// <param name="Iteration">The round of the innermost loop around them.</param>
internal sealed record StepPlace(string Around, int Depth, int? Iteration, StopSignal Stop);

/// <summary>How a step ended, as those around it see it.</summary>
/// <param name="Address">Whose result holds the output; null when there is none.</param>
internal sealed record StepOutcome(StepStatus Status, string? Address = null, RunError? Error = null)
{
    /// <summary>How many it took.</summary>
    public int Attempts { get; init; } = 1;
}

internal sealed class WorkflowSteps
{
    private readonly RunScope _scope;
    private readonly StepWork _work;
    private readonly int _maxSteps;

    public WorkflowSteps(RunScope scope, WorkflowDefinition workflow, RunTotals totals)
    {
        _scope = scope;
        _maxSteps = scope.Run.MaxSteps;
        _work = new StepWork(scope, workflow, totals, this);
    }

    /// <summary>How many attempts were begun.</summary>
    public int Taken { get; private set; }

    /// <summary>One after the other, until one does not complete. Its output is that of the last one that was not skipped.</summary>
    public async Task<StepOutcome> SequenceAsync(IReadOnlyList<WorkflowStep> steps, StepPlace place)
    {
        string? last = null;
        var taken = new int[steps.Count];
        for (var index = 0; index < steps.Count; index++)
        {
            if (place.Stop.IsStopped)
                return new StepOutcome(StepStatus.Cancelled);
            var outcome = await StepAsync(steps[index], index, place, taken[index] + 1);
            taken[index] += outcome.Attempts;
            if (outcome.Error?.Code == PersonStep.Redo && index > 0)
            {
                index -= 2;
                continue;
            }

            if (outcome.Status is StepStatus.Error or StepStatus.Cancelled)
                return outcome;
            last = outcome.Status == StepStatus.Completed ? outcome.Address : last;
        }

        return new StepOutcome(StepStatus.Completed, last);
    }

    /// <summary>One step: its attempts, then its fallback.</summary>
    /// <param name="first">The number of its first attempt; more than 1 when it is done again.</param>
    public async Task<StepOutcome> StepAsync(WorkflowStep step, int index, StepPlace place, int first = 1)
    {
        for (var attempt = first; ; attempt++)
        {
            var outcome = await AttemptAsync(step, AttemptOf(step, index, place, StepAddress.Of(place.Around, step.Id, attempt), attempt), place);
            outcome = outcome with { Attempts = attempt - first + 1 };
            if (outcome.Status != StepStatus.Error || !MayGoOn(outcome.Error))
                return outcome;
            if (!MayBeRetried(outcome.Error) || outcome.Attempts >= (step.Retry?.MaxAttempts ?? 1))
                return step.Fallback.Count == 0 || place.Stop.IsStopped ? outcome : (await FallBackAsync(step, index, place, first)) with { Attempts = outcome.Attempts };
            if (await _scope.FirstAsync(step.Retry!.Delay(outcome.Attempts), place.Stop.Task) is not null)
                return outcome;
        }
    }

    // What is used up stays used up. What may have happened must not happen twice, and nothing may take its place unseen.
    private static bool MayGoOn(RunError? error) =>
        error?.Code is not (RunErrorCodes.BudgetExceeded or RunErrorCodes.StepLimit or RunErrorCodes.OutcomeUnknown or RunErrorCodes.ApprovalExpired or PersonStep.Redo);

    // A person who said no is not asked again. A fallback may do without what was refused.
    private static bool MayBeRetried(RunError? error) => error?.Code != RunErrorCodes.ApprovalRejected;

    private StepAttempt AttemptOf(WorkflowStep step, int index, StepPlace place, string address, int attempt) => new(_scope.Run.RunId, step.Id, address, ++Taken)
    {
        Attempt = attempt,
        Index = index,
        Depth = place.Depth,
        Iteration = place.Iteration,
    };

    private async Task<StepOutcome> AttemptAsync(WorkflowStep step, StepAttempt attempt, StepPlace place)
    {
        if (attempt.Number > _maxSteps)
            return new StepOutcome(StepStatus.Error, Error: At(attempt, new RunError(RunErrorCodes.StepLimit,
                $"The run has taken {_maxSteps} steps, as many as the workflow may take: raise max_steps, or look for a loop that does not end.")));
        var decision = await _scope.Context.CallActivityAsync<StepDecision>(nameof(BeginStep), attempt, RunScope.Patient);
        if (decision.Ended is { } ended)
            return await EndAsync(new StepEnd(attempt, ended) { Error = decision.Error });
        using var stop = new StopSignal(_scope, place.Stop.Task, step.TimeoutSeconds);
        var end = await _work.DoAsync(step, attempt, decision, place with { Around = attempt.Address, Depth = place.Depth + 1, Stop = stop });
        return await EndAsync(end.Status == StepStatus.Cancelled && stop.TimedOut && !place.Stop.IsStopped
            ? end with { Status = StepStatus.Error, Error = new RunError(RunErrorCodes.StepTimeout, $"The step did not finish within {step.TimeoutSeconds} s.") }
            : end);
    }

    private async Task<StepOutcome> FallBackAsync(WorkflowStep step, int index, StepPlace place, int first)
    {
        var attempt = AttemptOf(step, index, place, StepAddress.Fallback(place.Around, step.Id, first), attempt: 0);
        await _scope.Context.CallActivityAsync<StepDecision>(nameof(BeginStep), attempt, RunScope.Patient);
        var outcome = await SequenceAsync(step.Fallback, place with { Around = attempt.Address, Depth = place.Depth + 1 });
        return await EndAsync(StepWork.EndOf(attempt, outcome));
    }

    private async Task<StepOutcome> EndAsync(StepEnd end)
    {
        end = end.Error is { } error ? end with { Error = At(end.Step, error) } : end;
        await _scope.Context.CallActivityAsync(nameof(EndStep), end, RunScope.Patient);
        return new StepOutcome(end.Status, end.Step.Address, end.Error);
    }

    // The innermost step that failed names itself; those around it hand its error on.
    private static RunError At(StepAttempt step, RunError error)
    {
        var details = error.Details?.DeepClone().AsObject() ?? [];
        if (details.ContainsKey("step"))
            return error;
        details["step"] = step.StepId;
        details["path"] = step.Address;
        details["attempt"] = step.Attempt;
        return error with { Details = details };
    }
}
