// The model call of one step: attempts, on one model after the other, until one succeeds or none is left.
using AgentFunctions.Activities;
using AgentFunctions.Models;
using AgentFunctions.Runs;

namespace AgentFunctions.Orchestrations;

/// <param name="scope">The run.</param>
/// <param name="totals">Told of each attempt: a failed one may have cost as well.</param>
internal sealed class ModelCaller(RunScope scope, RunTotals totals)
{
    // Later steps stay with the model that took over: the failing one would cost its attempts anew in each of them.
    private int _fallback;

    private int MaxRetries => _fallback == 0 ? scope.Run.MaxRetries : scope.Run.FallbackRetries![_fallback - 1];

    private bool IsLastModel => _fallback == (scope.Run.FallbackRetries?.Count ?? 0);

    /// <param name="step">From 1.</param>
    /// <param name="answerOnly">True when the model may call no tool any more.</param>
    /// <param name="repair">How many answers so far did not fit the agent's output.</param>
    public async Task<ModelStepResult> CallAsync(int step, bool answerOnly, int repair)
    {
        // Attempts are counted over the whole chain, so that each has a key and a span of its own; tries are of one model.
        for (int attempt = 1, tries = 1; ; attempt++, tries++)
        {
            var result = await AttemptAsync(new ModelStep(scope.Run.RunId, step, attempt, scope.SessionPosition)
            {
                Fallback = _fallback,
                AnswerOnly = answerOnly,
                Repair = repair,
            });
            if (DelayAfter(result, tries) is { } delay)
            {
                scope.Log.Retries(result, delay);
                if (!await scope.WaitAsync(delay))
                    return result with { Status = ModelStepStatus.Cancelled };
            }
            else if (result.Error.FallsBack() && !IsLastModel)
            {
                scope.Log.FallsBack(result);
                (_fallback, tries) = (_fallback + 1, 0);
            }
            else
            {
                return result;
            }
        }
    }

    private async Task<ModelStepResult> AttemptAsync(ModelStep input)
    {
        var result = await scope.Context.CallActivityAsync<ModelStepResult>(nameof(CallModel), input, RunScope.Patient);
        totals.Add(result);
        return result;
    }

    /// <summary>How long to wait before the same model is tried again; null when it is not.</summary>
    private TimeSpan? DelayAfter(ModelStepResult result, int tries) =>
        result.Status == ModelStepStatus.Retryable && tries <= MaxRetries
            ? ModelRetry.Delay(tries, result.RetryAfterSeconds, scope.Context.NewGuid())
            : null;
}
