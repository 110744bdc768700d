// The orchestration of one agent run: take the session's turn, loop over steps, finish.
using AgentFunctions.Activities;
using AgentFunctions.Entities;
using AgentFunctions.Runs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Orchestrations;

/// <summary>
/// One run. The instance id is the run id. Deterministic: time and ids come from the context, everything else from
/// activities, whose inputs and outputs are references and small facts.
/// </summary>
public static class AgentRun
{
    /// <summary>The external event that asks the run to stop.</summary>
    public const string CancelEvent = "cancel";

    // Activities answer what a model or tool did as a result; an exception here means that a store or the host failed.
    private static readonly TaskOptions _patient = TaskOptions.FromRetryPolicy(
        new RetryPolicy(maxNumberOfAttempts: 8, firstRetryInterval: TimeSpan.FromSeconds(1), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(1)));

    [Function(nameof(AgentRun))]
    public static async Task<RunOutcome> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, RunStart run)
    {
        var log = new RunLog(context, run);
        var session = new EntityInstanceId(nameof(SessionEntity), run.SessionId);
        await using (await context.Entities.LockEntitiesAsync(session))
        {
            var position = await context.Entities.CallEntityAsync<int>(session, nameof(SessionEntity.Begin), run.RunId);
            log.Began(position);
            var outcome = await TakeStepsAsync(context, run, position, log);
            await context.CallActivityAsync(nameof(FinishRun), outcome, _patient);
            log.Ended(outcome);
            await context.Entities.CallEntityAsync(session, nameof(SessionEntity.End), new SessionTurn(run.RunId, outcome.Usage));
            return outcome;
        }
    }

    private static async Task<RunOutcome> TakeStepsAsync(TaskOrchestrationContext context, RunStart run, int position, RunLog log)
    {
        var loop = new StepLoop(context, run, position, _patient, log);
        try
        {
            return await loop.RunAsync();
        }
        catch (TaskFailedException e)
        {
            return loop.Failed(new RunError(RunErrorCodes.Unknown, $"{e.TaskName} failed: {e.FailureDetails.ErrorMessage}"));
        }
    }
}
