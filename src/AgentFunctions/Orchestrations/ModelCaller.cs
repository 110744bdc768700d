// The model call of one step: attempts until one succeeds, fails for good, or the run is cancelled.
using AgentFunctions.Activities;
using AgentFunctions.Runs;

namespace AgentFunctions.Orchestrations;

/// <param name="scope">The run.</param>
/// <param name="totals">Told of each attempt: a failed one may have cost as well.</param>
internal sealed class ModelCaller(RunScope scope, RunTotals totals)
{
    /// <param name="step">From 1.</param>
    /// <param name="answerOnly">True when the model may call no tool any more.</param>
    /// <param name="repair">How many answers so far did not fit the agent's output.</param>
    public async Task<ModelStepResult> CallAsync(int step, bool answerOnly, int repair)
    {
        for (var attempt = 1; ; attempt++)
        {
            var input = new ModelStep(scope.Run.RunId, step, attempt, scope.SessionPosition) { AnswerOnly = answerOnly, Repair = repair };
            var result = await scope.Context.CallActivityAsync<ModelStepResult>(nameof(CallModel), input, RunScope.Patient);
            totals.Add(result);
            if (result.Status != ModelStepStatus.Retryable || attempt > scope.Run.MaxRetries)
                return result;
            if (ModelRetry.Delay(attempt, result.RetryAfterSeconds, scope.Context.NewGuid()) is not { } delay)
                return result;
            scope.Log.Retries(result, delay);
            if (!await scope.WaitAsync(delay))
                return result with { Status = ModelStepStatus.Cancelled };
        }
    }
}
