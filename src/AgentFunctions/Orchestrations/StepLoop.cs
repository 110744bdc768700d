// The step loop of an agent: model, tools, model, … until it stops by itself or by a limit.
using AgentFunctions.Budgets;
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
    private readonly BudgetGuard _budget;
    private OutputCheck? _output;
    private int _steps;
    private int _repairs;

    public StepLoop(RunScope scope, RunTotals totals)
    {
        (_scope, _totals) = (scope, totals);
        _leader = TeamLeader.Of(scope, totals);
        _model = new ModelCaller(scope, totals);
        _tools = new ToolCaller(scope, _leader);
        _budget = new BudgetGuard(scope, totals);
    }

    public async Task<RunOutcome> RunAsync()
    {
        while (true)
        {
            if (await EndedBeforeStepAsync() is { } stopped)
                return stopped;
            var answer = await _model.CallAsync(++_steps, answerOnly: _leader is { MustAnswer: true }, _repairs);
            await _budget.SettleAsync();
            if (EndedBy(answer) is { } ended)
                return ended;
            var last = await _tools.CallAsync(answer);
            _totals.AddToolCalls(answer.ToolCalls.Count);
            if (last is not null)
                return Failed(ToolCaller.ErrorOf(last));
            if (_leader is { IsAnswered: true })
                return Answered();
        }
    }

    public RunOutcome Answered() => Ended(RunStatus.Completed, "natural");

    public RunOutcome Cancelled() => Ended(RunStatus.Cancelled, "cancelled");

    public RunOutcome Failed(RunError error) => Ended(RunStatus.Error, "error") with { Error = error };

    private async Task<RunOutcome?> EndedBeforeStepAsync()
    {
        if (_scope.Cancelled.IsCompleted)
            return Cancelled();
        if (_steps == _scope.Run.MaxSteps)
            return StepsTaken();
        if (await _budget.ReserveAsync(_steps) is { } stop)
            return BudgetExceeded(stop);
        if (!_scope.Cancelled.IsCompleted)
            return null;
        await _budget.SettleAsync();
        return Cancelled();
    }

    /// <summary>Null when the run goes on, with tools or with a repair of its answer.</summary>
    private RunOutcome? EndedBy(ModelStepResult answer) => answer switch
    {
        { Status: ModelStepStatus.Cancelled } => Cancelled(),
        { Status: ModelStepStatus.Stopped } => HookStopped(),
        { Status: not ModelStepStatus.Succeeded } => Failed(answer.Error ?? new RunError(RunErrorCodes.Unknown, "The model call failed.")),
        { ToolCalls.Count: > 0 } => _budget.ForTools(answer.ToolCalls.Count) is { } stop ? BudgetExceeded(stop) : null,
        _ => AnsweredWith(answer.Output),
    };

    private RunOutcome? AnsweredWith(OutputCheck? output)
    {
        _output = output;
        _repairs += output is { AskedAgain: true } ? 1 : 0;
        return output switch
        {
            { AskedAgain: true } => null,
            { Problem: not null } => Failed(OutputErrors.Invalid(output, _repairs)),
            _ => Answered(),
        };
    }

    // The step that a hook stopped did not happen.
    private RunOutcome HookStopped() => Ended(RunStatus.Completed, "hook_stopped") with { Steps = _steps - 1 };

    // Without its output a run has not done what it promises, whatever stopped it.
    private RunOutcome StepsTaken() => _scope.Run.StructuredOutput
        ? Ended(RunStatus.Error, "max_steps") with { Error = OutputErrors.StepsTaken(_scope.Run.MaxSteps, _output, _repairs) }
        : Ended(RunStatus.Completed, "max_steps");

    private RunOutcome BudgetExceeded(BudgetStop stop) => Ended(RunStatus.Error, "budget_exceeded") with { Error = stop.ToError() };

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
