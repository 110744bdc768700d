// The step loop of an agent: model, tools, model, … until it stops by itself or by a limit.
using AgentFunctions.Activities;
using AgentFunctions.Runs;
using AgentFunctions.Teams;

namespace AgentFunctions.Orchestrations;

internal sealed class StepLoop
{
    private readonly RunScope _scope;
    private readonly RunTotals _totals;
    private readonly TeamLeader? _leader;
    private readonly ModelCaller _model;
    private readonly ToolCaller _tools;
    private BudgetGuard? _budget;
    private int _steps;

    public StepLoop(RunScope scope, RunTotals totals)
    {
        (_scope, _totals) = (scope, totals);
        _leader = TeamLeader.Of(scope, totals);
        _model = new ModelCaller(scope, totals);
        _tools = new ToolCaller(scope, _leader);
    }

    public async Task<RunOutcome> RunAsync()
    {
        _budget = new BudgetGuard(_scope, _totals);
        while (true)
        {
            if (_scope.Cancelled.IsCompleted)
                return Cancelled();
            if (_steps == _scope.Run.MaxSteps)
                return Ended(RunStatus.Completed, "max_steps");
            if (_budget.Exceeded() is { } limit)
                return BudgetExceeded(limit);

            var answer = await _model.CallAsync(++_steps, answerOnly: _leader is { MustAnswer: true });
            if (answer.Status == ModelStepStatus.Cancelled)
                return Cancelled();
            if (answer.Status != ModelStepStatus.Succeeded)
                return Failed(answer.Error ?? new RunError(RunErrorCodes.Unknown, "The model call failed."));
            if (answer.ToolCalls.Count == 0)
                return Answered();
            await _tools.CallAsync(answer);
            _totals.AddToolCalls(answer.ToolCalls.Count);
            if (_leader is { IsAnswered: true })
                return await RoutedAsync();
        }
    }

    public RunOutcome Answered() => Ended(RunStatus.Completed, "natural");

    public RunOutcome Cancelled() => Ended(RunStatus.Cancelled, "cancelled");

    public RunOutcome Failed(RunError error) => Ended(RunStatus.Error, "error") with { Error = error };

    private async Task<RunOutcome> RoutedAsync()
    {
        await _scope.Context.CallActivityAsync(nameof(GatherAnswers), new TeamAnswer(_scope.Run.RunId, AnswerForm.Last, _steps), RunScope.Patient);
        return Answered();
    }

    private RunOutcome BudgetExceeded(string limit) => Ended(RunStatus.Error, "budget_exceeded") with
    {
        Error = new RunError(RunErrorCodes.BudgetExceeded, $"The run's budget is used up after {_steps} steps: {limit}."),
    };

    private RunOutcome Ended(RunStatus status, string reason) => new()
    {
        RunId = _scope.Run.RunId,
        Status = status,
        TerminationReason = reason,
        Steps = _steps,
        Usage = _totals.Usage,
        CostUsd = _totals.CostUsd,
        UnpricedCalls = _totals.UnpricedCalls,
        FinishedAt = _scope.Now,
    };
}
