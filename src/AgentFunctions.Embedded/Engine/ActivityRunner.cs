using Microsoft.Extensions.Logging;

namespace AgentFunctions.Embedded.Engine;

/// <summary>Delivers one activity and hands on its outcome.</summary>
/// <param name="aborting">Fires when running activities should give up because the host stops.</param>
internal sealed class ActivityRunner(IEngineFunctions functions, TimeProvider time, ILogger log, CancellationToken aborting)
{
    /// <summary>Runs it. Null if the stop interrupted it: that is no outcome, and it is delivered again at the next start.</summary>
    public async Task<ActivityOutcome?> RunAsync(ActivityWork activity)
    {
        try
        {
            var code = functions.FindActivity(activity.Name) ?? throw new FailureException(functions.Unknown("activity", activity.Name));
            var result = await code(activity, aborting);
            return new ActivityOutcome(activity.ExecutionId, new TaskCompleted(Now, activity.TaskId, result));
        }
        catch (OperationCanceledException) when (aborting.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e)
        {
            EngineLog.ActivityFailed(log, activity.Name, activity.InstanceId, e);
            return new ActivityOutcome(activity.ExecutionId, new TaskFailed(Now, activity.TaskId, Failure.From(e)));
        }
    }

    private DateTime Now => time.GetUtcNow().UtcDateTime;
}
