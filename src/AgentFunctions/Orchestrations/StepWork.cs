// The work of one attempt of a step, by the step's kind.
using AgentFunctions.Activities;
using AgentFunctions.Approvals;
using AgentFunctions.Runs;
using AgentFunctions.Teams;
using AgentFunctions.Telemetry.Spans;
using AgentFunctions.Workflows;

namespace AgentFunctions.Orchestrations;

internal sealed class StepWork(RunScope scope, WorkflowDefinition workflow, RunTotals totals, WorkflowSteps steps)
{
    private readonly BudgetGuard _budget = new(scope, totals);
    private readonly ToolCaller _tools = new(scope, leader: null);

    /// <param name="within">The place of the steps within this one.</param>
    public Task<StepEnd> DoAsync(WorkflowStep step, StepAttempt attempt, StepDecision decision, StepPlace within) => step.Kind switch
    {
        StepKind.Agent => AskAsync(step, attempt, within),
        StepKind.Tool => CallAsync(step, attempt),
        StepKind.Function => RunAsync(attempt),
        StepKind.Set => Task.FromResult(new StepEnd(attempt, StepStatus.Completed)),
        StepKind.Sequence => SequenceAsync(step.Steps, attempt, within),
        StepKind.Parallel => ParallelAsync(step, attempt, within),
        StepKind.Loop => LoopAsync(step, attempt, within),
        StepKind.Condition => SequenceAsync(decision.Choice == StepStarter.Then ? step.Steps : step.Else, attempt, within),
        StepKind.Router => SequenceAsync(step.Routes.First(route => route.Name == decision.Choice).Steps, attempt, within),
        StepKind.Human => new PersonStep(scope, steps).AskAsync(step, attempt, within),
        _ => throw new NotSupportedException($"There is no work for steps of kind {step.Kind}."),
    };

    /// <summary>The end of a step that is what the steps within it are.</summary>
    public static StepEnd EndOf(StepAttempt attempt, StepOutcome within) => new(attempt, within.Status)
    {
        Error = within.Error,
        Within = within.Address is { } address ? [address] : [],
    };

    private async Task<StepEnd> AskAsync(WorkflowStep step, StepAttempt attempt, StepPlace place)
    {
        if (_budget.ForMember(attempt.Number - 1) is { } stop)
            return Failed(attempt, stop.ToError());
        var memberRunId = RunIds.Member(scope.Run.RunId, attempt.Address);
        var request = new MemberRequest(
            scope.Run.RunId, memberRunId, workflow.Member(step.Target!).Hash, Input: null, StepSpans.DelegationPath(attempt, memberRunId))
        {
            Accounts = scope.Run.Shared?.Runs,
            Task = new MemberTask(Step: attempt),
        };
        var outcome = await MemberCall.RunAsync(scope, request, place.Stop.Task);
        totals.Add(outcome);
        return new StepEnd(attempt, StatusOf(outcome.Status)) { Error = outcome.Error, Member = outcome };
    }

    private static StepStatus StatusOf(RunStatus status) => status switch
    {
        RunStatus.Completed => StepStatus.Completed,
        RunStatus.Cancelled => StepStatus.Cancelled,
        _ => StepStatus.Error,
    };

    private async Task<StepEnd> CallAsync(WorkflowStep step, StepAttempt attempt)
    {
        if (_budget.ForTools(1) is { } stop)
            return Failed(attempt, stop.ToError());
        totals.AddToolCalls(1);
        var call = new ToolCallReference(StepAddress.CallId(attempt.Address), step.Target!);
        var result = await _tools.ExecuteAsync(attempt.Number, call);
        return result.ErrorCode switch
        {
            _ when result.EndsRun => Failed(attempt, ToolCaller.ErrorOf(result)),
            null => new StepEnd(attempt, StepStatus.Completed),
            ExecuteToolRunner.Cancelled => new StepEnd(attempt, StepStatus.Cancelled),
            ExecuteToolRunner.OutcomeUnknown => Failed(attempt, new RunError(RunErrorCodes.OutcomeUnknown, result.ErrorMessage ?? "")),
            ApprovalGate.Rejected or ApprovalGate.Expired => Failed(attempt, new RunError(RunErrorCodes.ApprovalRejected, result.ErrorMessage ?? "")),
            var code => Failed(attempt, new RunError(RunErrorCodes.ToolError, $"The tool '{step.Target}' failed ({code}): {result.ErrorMessage}")),
        };
    }

    private async Task<StepEnd> RunAsync(StepAttempt attempt)
    {
        var error = await scope.Context.CallActivityAsync<RunError?>(nameof(RunFunction), attempt, RunScope.Patient);
        return error switch
        {
            null => new StepEnd(attempt, StepStatus.Completed),
            { Code: RunErrorCodes.RunCancelled } => new StepEnd(attempt, StepStatus.Cancelled),
            _ => Failed(attempt, error),
        };
    }

    private async Task<StepEnd> SequenceAsync(IReadOnlyList<WorkflowStep> list, StepAttempt attempt, StepPlace within) =>
        EndOf(attempt, await steps.SequenceAsync(list, within));

    private async Task<StepEnd> ParallelAsync(WorkflowStep step, StepAttempt attempt, StepPlace within)
    {
        using var stop = new StopSignal(scope, within.Stop.Task, seconds: null);
        var place = within with { Stop = stop };
        var outcomes = await Task.WhenAll(step.Steps.Select((branch, index) => BranchAsync(step, branch, index, place)));
        // A branch that was stopped because of another's failure is not what went wrong.
        var failed = outcomes.FirstOrDefault(o => o.Status == StepStatus.Error) ?? outcomes.FirstOrDefault(o => o.Status == StepStatus.Cancelled);
        return new StepEnd(attempt, failed?.Status ?? StepStatus.Completed)
        {
            Error = failed?.Error,
            Within = [.. outcomes.Select(o => o.Address).OfType<string>()],
        };
    }

    private async Task<StepOutcome> BranchAsync(WorkflowStep step, WorkflowStep branch, int index, StepPlace place)
    {
        var outcome = await steps.StepAsync(branch, index, place);
        if (step.FailFast && outcome.Status is (StepStatus.Error or StepStatus.Cancelled))
            place.Stop.Raise();
        return outcome;
    }

    private async Task<StepEnd> LoopAsync(WorkflowStep step, StepAttempt attempt, StepPlace within)
    {
        var last = new StepOutcome(StepStatus.Completed);
        for (var round = 0; !within.Stop.IsStopped; round++)
        {
            var decision = await scope.Context.CallActivityAsync<RoundDecision>(nameof(TestLoop), new LoopRound(attempt, round), RunScope.Patient);
            if (decision.Error is { } error)
                return Failed(attempt, error);
            if (!decision.GoesOn)
                return EndOf(attempt, last);
            var outcome = await steps.SequenceAsync(
                step.Steps, within with { Around = StepAddress.Round(attempt.Address, round + 1), Iteration = round + 1 });
            if (outcome.Status != StepStatus.Completed)
                return EndOf(attempt, outcome);
            last = outcome.Address is null ? last : outcome;
        }

        return new StepEnd(attempt, StepStatus.Cancelled);
    }

    private static StepEnd Failed(StepAttempt attempt, RunError error) => new(attempt, StepStatus.Error) { Error = error };
}
