// The agent's step loop: model, tools, model, … until it stops by itself or by a limit.
using AgentFunctions.Activities;
using AgentFunctions.Costs;
using AgentFunctions.Runs;
using Microsoft.DurableTask;

namespace AgentFunctions.Orchestrations;

internal sealed class StepLoop(TaskOrchestrationContext context, RunStart run, int sessionPosition, TaskOptions options, RunLog log)
{
    private readonly Task _cancel = context.WaitForExternalEvent<object?>(AgentRun.CancelEvent);
    private readonly DateTime _startedAt = context.CurrentUtcDateTime;
    private int _steps;
    private RunUsage _usage = RunUsage.None;
    private decimal? _cost;
    private int _unpriced;

    public async Task<RunOutcome> RunAsync()
    {
        while (true)
        {
            if (_cancel.IsCompleted)
                return Ended(RunStatus.Cancelled, "cancelled");
            if (_steps == run.MaxSteps)
                return Ended(RunStatus.Completed, "max_steps");
            if (ExceededBudget() is { } limit)
                return BudgetExceeded(limit);

            var answer = await CallModelAsync(++_steps);
            if (answer.Status == ModelStepStatus.Cancelled)
                return Ended(RunStatus.Cancelled, "cancelled");
            if (answer.Status != ModelStepStatus.Succeeded)
                return Failed(answer.Error ?? new RunError(RunErrorCodes.Unknown, "The model call failed."));
            if (answer.ToolCalls.Count == 0)
                return Ended(RunStatus.Completed, "natural");
            await ExecuteToolsAsync(answer);
        }
    }

    public RunOutcome Failed(RunError error) => Ended(RunStatus.Error, "error") with { Error = error };

    private async Task<ModelStepResult> CallModelAsync(int step)
    {
        for (var attempt = 1; ; attempt++)
        {
            var input = new ModelStep(run.RunId, step, attempt, sessionPosition);
            var result = await context.CallActivityAsync<ModelStepResult>(nameof(CallModel), input, options);
            _usage += result.Usage;
            _cost = Money.Sum(_cost, result.CostUsd);
            _unpriced += result.CostUnknown ? 1 : 0;
            if (result.Status != ModelStepStatus.Retryable || attempt > run.MaxRetries)
                return result;
            if (ModelRetry.Delay(attempt, result.RetryAfterSeconds, context.NewGuid()) is not { } delay)
                return result;
            log.Retries(result, delay);
            if (!await WaitAsync(delay))
                return result with { Status = ModelStepStatus.Cancelled };
        }
    }

    /// <summary>False when the run was cancelled while it waited.</summary>
    private async Task<bool> WaitAsync(TimeSpan delay)
    {
        using var stop = new CancellationTokenSource();
        var timer = context.CreateTimer(delay, stop.Token);
        if (await Task.WhenAny(timer, _cancel) == timer)
            return true;
        // Not CancelAsync: an orchestrator may only await what its context made.
        stop.Cancel();
        return false;
    }

    private async Task ExecuteToolsAsync(ModelStepResult answer)
    {
        if (run.ParallelTools)
        {
            await Task.WhenAll(answer.ToolCalls.Select(call => ExecuteToolAsync(answer.Step, call)));
            return;
        }

        foreach (var call in answer.ToolCalls)
            await ExecuteToolAsync(answer.Step, call);
    }

    private Task<ToolStepResult> ExecuteToolAsync(int step, ToolCallReference call) =>
        context.CallActivityAsync<ToolStepResult>(nameof(ExecuteTool), new ToolStep(run.RunId, step, call.CallId, call.Tool), options);

    private string? ExceededBudget()
    {
        var elapsed = (context.CurrentUtcDateTime - _startedAt).TotalSeconds;
        return run.Budget switch
        {
            { Tokens: { } tokens } when _usage.TotalTokens >= tokens => $"{_usage.TotalTokens} of {tokens} tokens used",
            { CostUsd: { } usd } when _cost >= usd => $"{_cost} of {usd} US dollars used",
            { Seconds: { } seconds } when elapsed >= seconds => $"{elapsed:0.#} of {seconds} seconds used",
            _ => null,
        };
    }

    private RunOutcome BudgetExceeded(string limit) => Ended(RunStatus.Error, "budget_exceeded") with
    {
        Error = new RunError(RunErrorCodes.BudgetExceeded, $"The run's budget is used up after {_steps} steps: {limit}."),
    };

    private RunOutcome Ended(RunStatus status, string reason) => new()
    {
        RunId = run.RunId,
        Status = status,
        TerminationReason = reason,
        Steps = _steps,
        Usage = _usage,
        CostUsd = _cost,
        UnpricedCalls = _unpriced,
        FinishedAt = new DateTimeOffset(context.CurrentUtcDateTime, TimeSpan.Zero),
    };
}
