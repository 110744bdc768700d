namespace AgentFunctions.Embedded.Engine;

/// <summary>
/// Takes failed orchestrations back to before their failure: the activities and sub-orchestrations that failed are open again,
/// everything that succeeded stays done, and what the last step had received is received once more.
/// </summary>
internal sealed class Rewinding(EngineStore store, IEngineFunctions functions)
{
    /// <summary>Rewinds the instance and, with it, its sub-orchestrations that failed. False if there is none of that id.</summary>
    /// <exception cref="InvalidOperationException">It cannot be rewound; the message says why, and nothing has changed.</exception>
    public async Task<bool> RewindAsync(string instanceId, string? reason, CancellationToken cancellation)
    {
        if (await store.ReadAsync(connection => InstanceTable.Find(connection, instanceId), cancellation) is null)
        {
            return false;
        }
        var plans = new List<RewindPlan>();
        await PlanAsync(instanceId, caller: null, plans, cancellation);
        await store.WriteAsync(outbox => plans.ForEach(plan => plan.Apply(outbox, reason)), cancellation);
        return true;
    }

    /// <param name="caller">The call that must have started the instance; null for the one that is asked for.</param>
    private async Task PlanAsync(string instanceId, (string? InstanceId, int? TaskId)? caller, List<RewindPlan> plans, CancellationToken cancellation)
    {
        var (instance, history) = await store.ReadAsync(
            connection => InstanceTable.Find(connection, instanceId) is { } found
                ? (found, HistoryTable.Read(connection, found.Number).Events)
                : throw RewindPlan.Refused(instanceId, "there is no such instance any more"),
            cancellation);
        var plan = new RewindPlan(instance, history);
        if (caller is not null && caller != (plan.Start.Parent?.InstanceId, plan.Start.Parent?.TaskId))
        {
            throw RewindPlan.Refused(caller.Value.InstanceId!, $"its sub-orchestration '{instanceId}' was started by somebody else");
        }
        CheckReplay(instance, plan.Kept);
        plans.Add(plan);
        foreach (var child in plan.FailedChildren)
        {
            await PlanAsync(child.InstanceId, (instanceId, child.EventId), plans, cancellation);
        }
    }

    /// <summary>Code that caught a failure, or retried it with a timer, has made calls since that would have no place without it.</summary>
    private void CheckReplay(InstanceRow instance, IReadOnlyList<RewindPlan.PastEpisode> kept)
    {
        if (functions.FindOrchestrator(instance.Name) is not { } code)
        {
            throw RewindPlan.Refused(instance.InstanceId, functions.Unknown("orchestrator", instance.Name).Message);
        }
        try
        {
            new Replay(instance.InstanceId, instance.ExecutionId, code).Load(
                kept.SelectMany(episode => (HistoryEvent[])[new OrchestratorStarted(episode.At), .. episode.Events, new OrchestratorCompleted(episode.At)]));
        }
        catch (NonDeterminismException e)
        {
            throw RewindPlan.Refused(instance.InstanceId, $"its code went on after a failure, or has changed ({e.Message})");
        }
    }
}
