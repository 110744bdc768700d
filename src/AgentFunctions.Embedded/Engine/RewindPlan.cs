namespace AgentFunctions.Embedded.Engine;

/// <summary>What rewinding one failed instance changes. Making the plan changes nothing.</summary>
internal sealed class RewindPlan
{
    private readonly InstanceRow _instance;
    private readonly List<HistoryEvent> _again; // what the last step had received
    private readonly List<TaskScheduled> _open; // activities to run again

    /// <exception cref="InvalidOperationException">The instance cannot be rewound.</exception>
    public RewindPlan(InstanceRow instance, IReadOnlyList<HistoryEvent> history)
    {
        _instance = instance;
        if (instance.Status != InstanceStatus.Failed)
        {
            throw Refused(instance.InstanceId, $"only failed orchestrations are rewound, and it is {instance.Status}");
        }
        var episodes = Episodes(history);
        var last = episodes[^1].Events;
        if (last.OfType<Decision>().Any())
        {
            throw Refused(instance.InstanceId, "its last step called or sent something besides failing, which would be done twice");
        }
        if (history.OfType<EntityLockGranted>().Count() > history.OfType<EntityUnlockSent>().Count())
        {
            throw Refused(instance.InstanceId, "it failed while it held entity locks, which are gone");
        }
        Kept = [.. episodes.SkipLast(1).Select(episode => episode with { Events = [.. episode.Events.Where(Stays)] })];
        _again = [.. last.Where(Stays)];
        var failed = history.Where(item => !Stays(item)).OfType<Completion>().Select(item => item.TaskScheduledId).ToHashSet();
        _open = [.. history.OfType<TaskScheduled>().Where(task => failed.Contains(task.EventId))];
        FailedChildren = [.. history.OfType<SubOrchestrationInstanceCreated>().Where(child => failed.Contains(child.EventId))];
        Start = history.OfType<ExecutionStarted>().First();
    }

    /// <summary>The history without the failures and without the last step.</summary>
    public IReadOnlyList<PastEpisode> Kept { get; }

    /// <summary>The calls of sub-orchestrations that failed.</summary>
    public IReadOnlyList<SubOrchestrationInstanceCreated> FailedChildren { get; }

    public ExecutionStarted Start { get; }

    public static InvalidOperationException Refused(string instanceId, string why) =>
        new($"Cannot rewind orchestration '{instanceId}': {why}. Restart it instead.");

    /// <summary>Makes the change, if the instance is still as the plan found it.</summary>
    public void Apply(Outbox outbox, string? reason)
    {
        if (InstanceTable.Find(outbox.Connection, _instance.InstanceId) is not { Status: InstanceStatus.Failed } found || found.Number != _instance.Number)
        {
            throw Refused(_instance.InstanceId, "it was changed at the same time");
        }
        var rewound = new PastEpisode(outbox.Now, [new ExecutionRewound(outbox.Now, reason)]);
        HistoryTable.Replace(
            outbox.Connection, _instance.Number, [.. Kept.Append(rewound).Select(episode => (episode.At, episode.Events))], [.. _open.Select(task => task.EventId)]);
        var status = Kept.Count == 0 ? InstanceStatus.Pending : InstanceStatus.Running;
        InstanceTable.Reopen(outbox, _instance, status);
        outbox.Changed[_instance.InstanceId] = new InstanceChange(status);
        foreach (var task in _open)
        {
            outbox.Activities.Add(new ActivityWork(_instance.InstanceId, _instance.ExecutionId, task.EventId, task.Name, task.Input, Start.TraceParent));
        }
        foreach (var item in _again)
        {
            outbox.Send(_instance.InstanceId, item, item is Completion ? _instance.ExecutionId : null);
        }
    }

    private static bool Stays(HistoryEvent item) => item is not (TaskFailed or SubOrchestrationInstanceFailed or ExecutionCompleted);

    private static List<PastEpisode> Episodes(IReadOnlyList<HistoryEvent> history)
    {
        var episodes = new List<PastEpisode>();
        var events = new List<HistoryEvent>();
        foreach (var item in history)
        {
            switch (item)
            {
                case OrchestratorStarted started: episodes.Add(new PastEpisode(started.Timestamp, events = [])); break;
                case OrchestratorCompleted: break;
                default: events.Add(item); break;
            }
        }
        return episodes;
    }

    /// <summary>One step as history has it.</summary>
    public sealed record PastEpisode(DateTime At, IReadOnlyList<HistoryEvent> Events);
}
