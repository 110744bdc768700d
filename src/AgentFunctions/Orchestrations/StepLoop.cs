// The step loop of an agent: model, tools, model, … until it stops by itself or by a limit.
using AgentFunctions.Output;
using AgentFunctions.Runs;

namespace AgentFunctions.Orchestrations;

internal sealed class StepLoop
{
    private readonly RunScope _scope;
    private readonly RunTotals _totals;
    private readonly TeamLeader? _leader;
    private readonly ModelCaller _model;
    private readonly ToolCaller _tools;
    private BudgetGuard? _budget;
    private OutputCheck? _output;
    private int _steps;
    private int _repairs;

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
                return StepsTaken();
            if (_budget.Exceeded() is { } limit)
                return BudgetExceeded(limit);

            var answer = await _model.CallAsync(++_steps, answerOnly: _leader is { MustAnswer: true }, _repairs);
            if (answer.Status == ModelStepStatus.Cancelled)
                return Cancelled();
            if (answer.Status == ModelStepStatus.Stopped)
                return HookStopped();
            if (answer.Status != ModelStepStatus.Succeeded)
                return Failed(answer.Error ?? new RunError(RunErrorCodes.Unknown, "The model call failed."));
            if (answer.ToolCalls.Count == 0)
            {
                _output = answer.Output;
                if (_output is { AskedAgain: true })
                {
                    _repairs++;
                    continue;
                }

                return _output?.Problem is null ? Answered() : Failed(OutputErrors.Invalid(_output, _repairs));
            }

            await _tools.CallAsync(answer);
            _totals.AddToolCalls(answer.ToolCalls.Count);
            if (_leader is { IsAnswered: true })
                return Answered();
        }
    }

    public RunOutcome Answered() => Ended(RunStatus.Completed, "natural");

    public RunOutcome Cancelled() => Ended(RunStatus.Cancelled, "cancelled");

    public RunOutcome Failed(RunError error) => Ended(RunStatus.Error, "error") with { Error = error };

    // The step that a hook stopped did not happen.
    private RunOutcome HookStopped() => Ended(RunStatus.Completed, "hook_stopped") with { Steps = _steps - 1 };

    // Without its output a run has not done what it promises, whatever stopped it.
    private RunOutcome StepsTaken() => _scope.Run.StructuredOutput
        ? Ended(RunStatus.Error, "max_steps") with { Error = OutputErrors.StepsTaken(_scope.Run.MaxSteps, _output, _repairs) }
        : Ended(RunStatus.Completed, "max_steps");

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
