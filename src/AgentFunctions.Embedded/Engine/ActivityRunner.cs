using Microsoft.Extensions.Logging;

namespace AgentFunctions.Embedded.Engine;

/// <summary>Delivers one activity and records its outcome.</summary>
/// <param name="aborting">Fires when running activities should give up because the host stops.</param>
internal sealed class ActivityRunner(
    EngineStore store, IEngineFunctions functions, EngineOptions options, TimeProvider time, ILogger log, CancellationToken aborting)
{
    public async Task RunAsync(long id)
    {
        if (await store.ReadAsync(connection => ActivityTable.Find(connection, id)) is not { } activity)
        {
            return; // its instance was terminated or purged
        }
        Func<DateTime, HistoryEvent> outcome;
        try
        {
            var code = functions.FindActivity(activity.Name) ?? throw new FailureException(functions.Unknown("activity", activity.Name));
            var result = await code(activity, aborting);
            outcome = now => new TaskCompleted(now, activity.TaskId, result);
        }
        catch (OperationCanceledException) when (aborting.IsCancellationRequested)
        {
            return; // interrupted by the stop, so not an outcome: it is delivered again at the next start
        }
        catch (Exception e)
        {
            EngineLog.ActivityFailed(log, activity.Name, activity.InstanceId, e);
            outcome = now => new TaskFailed(now, activity.TaskId, Failure.From(e));
        }
        await RecordAsync(activity, outcome);
    }

    /// <summary>Keeps trying: the work is done, and forgetting its result would mean doing it again.</summary>
    private async Task RecordAsync(ActivityWork activity, Func<DateTime, HistoryEvent> outcome)
    {
        while (true)
        {
            try
            {
                await store.WriteAsync(outbox => ActivityTable.Complete(outbox, activity, outcome(outbox.Now)));
                return;
            }
            catch (Exception e) when (e is not ObjectDisposedException && !aborting.IsCancellationRequested)
            {
                EngineLog.StorageFailed(log, $"the result of activity {activity.Name} of {activity.InstanceId}", e);
                await Task.Delay(options.StorageRetryDelay, time, aborting);
            }
        }
    }
}
