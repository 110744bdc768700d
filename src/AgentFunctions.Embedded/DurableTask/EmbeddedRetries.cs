using AgentFunctions.Embedded.Engine;
using Microsoft.DurableTask;

namespace AgentFunctions.Embedded.DurableTask;

/// <summary>Repeats a failed call of an orchestrator as its options say. Waits are durable timers, so they survive restarts.</summary>
internal sealed class EmbeddedRetries(TaskOrchestrationContext context)
{
    public Task<T> RunAsync<T>(string name, TaskRetryOptions? options, Func<Task<T>> call) =>
        options switch
        {
            { Policy: { } policy } => RunAsync(name, call, failures => WaitByPolicyAsync(policy, failures)),
            { Handler: { } handler } => RunAsync(name, call, failures => AskHandlerAsync(handler, failures)),
            _ => RunAsync(name, call, _ => Task.FromResult(false)),
        };

    private async Task<T> RunAsync<T>(string name, Func<Task<T>> call, Func<Failures, Task<bool>> mayRepeat)
    {
        var firstAttempt = context.CurrentUtcDateTime;
        for (var attempts = 1; ; attempts++)
        {
            try
            {
                return await call();
            }
            catch (FailureException e)
            {
                var failed = new TaskFailedException(name, e.TaskId, e.Failure.ToDetails());
                if (e.Failure.NonRetriable || !await mayRepeat(new Failures(attempts, firstAttempt, failed)))
                {
                    throw failed;
                }
            }
        }
    }

    private async Task<bool> WaitByPolicyAsync(RetryPolicy policy, Failures failures)
    {
        if (failures.Attempts >= policy.MaxNumberOfAttempts || !MayRetry(policy, failures.Last) || IsTooLate(policy, failures))
        {
            return false;
        }
        await context.CreateTimer(context.CurrentUtcDateTime + Delay(policy, failures.Attempts), CancellationToken.None);
        return true;
    }

    /// <summary>Asks the policy. One that throws ends the retries, so that the orchestrator sees the failure itself.</summary>
    private static bool MayRetry(RetryPolicy policy, TaskFailedException failed)
    {
        try
        {
            return policy.Handle(failed);
        }
        catch (Exception)
        {
            return false;
        }
    }

    private bool IsTooLate(RetryPolicy policy, Failures failures) =>
        policy.RetryTimeout != Timeout.InfiniteTimeSpan && context.CurrentUtcDateTime - failures.FirstAttempt >= policy.RetryTimeout;

    private static TimeSpan Delay(RetryPolicy policy, int attempts)
    {
        var longest = policy.MaxRetryInterval == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : policy.MaxRetryInterval;
        var milliseconds = policy.FirstRetryInterval.TotalMilliseconds * Math.Pow(policy.BackoffCoefficient, attempts - 1);
        return milliseconds < longest.TotalMilliseconds ? TimeSpan.FromMilliseconds(milliseconds) : longest;
    }

    private Task<bool> AskHandlerAsync(AsyncRetryHandler handler, Failures failures) =>
        handler(new RetryContext(
            context, failures.Attempts, failures.Last.FailureDetails, context.CurrentUtcDateTime - failures.FirstAttempt, CancellationToken.None));

    /// <param name="Attempts">How many calls have failed.</param>
    private sealed record Failures(int Attempts, DateTime FirstAttempt, TaskFailedException Last);
}
