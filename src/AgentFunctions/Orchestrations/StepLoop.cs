// The step loop of an agent: model, tools, model, … until it stops by itself or by a limit.
using AgentFunctions.Runs;

namespace AgentFunctions.Orchestrations;

internal sealed class StepLoop
{
    private readonly RunScope _scope;
    private readonly RunTotals _totals = new();
    private readonly ModelCaller _model;
    private readonly ToolCaller _tools;
    private BudgetGuard? _budget;
    private int _steps;

    public StepLoop(RunScope scope)
    {
        _scope = scope;
        _model = new ModelCaller(scope, _totals);
        _tools = new ToolCaller(scope);
    }

    public async Task<RunOutcome> RunAsync()
    {
        _budget = new BudgetGuard(_scope, _totals);
        while (true)
        {
            if (_scope.Cancelled.IsCompleted)
                return Ended(RunStatus.Cancelled, "cancelled");
            if (_steps == _scope.Run.MaxSteps)
                return Ended(RunStatus.Completed, "max_steps");
            if (_budget.Exceeded() is { } limit)
                return BudgetExceeded(limit);

            var answer = await _model.CallAsync(++_steps);
            if (answer.Status == ModelStepStatus.Cancelled)
                return Ended(RunStatus.Cancelled, "cancelled");
            if (answer.Status != ModelStepStatus.Succeeded)
                return Failed(answer.Error ?? new RunError(RunErrorCodes.Unknown, "The model call failed."));
            if (answer.ToolCalls.Count == 0)
                return Ended(RunStatus.Completed, "natural");
            await _tools.CallAsync(answer);
            _totals.AddToolCalls(answer.ToolCalls.Count);
        }
    }

    public RunOutcome Failed(RunError error) => Ended(RunStatus.Error, "error") with { Error = error };

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
