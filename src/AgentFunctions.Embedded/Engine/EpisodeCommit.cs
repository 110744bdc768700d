using AgentFunctions.Embedded.Sqlite;

namespace AgentFunctions.Embedded.Engine;

/// <summary>Writes an episode: history, the instance's row, and everything its decisions set going. One transaction, all or nothing.</summary>
/// <remarks>What needs no database is done when it is made: all that <see cref="Write"/> does, everybody else's commit waits for.</remarks>
/// <param name="consumed">The inbox messages that the episode applied.</param>
internal sealed class EpisodeCommit(Orchestration orchestration, Episode episode, IReadOnlyList<long> consumed)
{
    private readonly InstanceRow _instance = orchestration.Instance;
    private readonly byte[] _history = EventFormat.WriteEpisode(episode.StartedAt, episode.ToHistory());
    private readonly IReadOnlyCollection<int> _unfinished = orchestration.UnfinishedAfter(episode);

    public void Write(Outbox outbox)
    {
        if (episode.Status != _instance.Status || episode.CustomStatusChanged)
        {
            InstanceTable.Update(outbox, _instance, episode);
        }
        foreach (var message in consumed)
        {
            Inbox.Delete(outbox.Connection, message);
        }
        foreach (var decision in episode.Decisions)
        {
            Act(outbox, decision);
        }
        foreach (var timer in episode.CancelledTimers)
        {
            Inbox.DeleteTimer(outbox.Connection, _instance, timer);
        }
        if (episode.Status == InstanceStatus.ContinuedAsNew)
        {
            ContinueAsNew(outbox);
        }
        else
        {
            HistoryTable.Append(outbox.Connection, _instance.Number, orchestration.NextSequence, episode.StartedAt, _history, _unfinished);
        }
        if (episode.Status.HasEnded())
        {
            End(outbox);
        }
        if (episode.Status != _instance.Status)
        {
            outbox.Changed[_instance.InstanceId] = new InstanceChange(episode.Status, episode.Status.HasEnded() ? orchestration.RowAfter(episode, outbox.Now) : null);
        }
    }

    private void Act(Outbox outbox, Decision decision)
    {
        switch (decision)
        {
            case TaskScheduled task:
                outbox.Activities.Add(new ActivityWork(
                    _instance.InstanceId, _instance.ExecutionId, task.EventId, task.Name, task.Input, orchestration.Start?.TraceParent));
                break;
            case TimerCreated timer:
                outbox.Send(_instance.InstanceId, new TimerFired(timer.FireAt, timer.EventId, timer.FireAt), _instance.ExecutionId, timer.FireAt);
                break;
            case EventSent sent when InstanceTable.IsActive(outbox.Connection, sent.InstanceId):
                outbox.Send(sent.InstanceId, new EventRaised(outbox.Now, sent.Name, sent.Input));
                break;
            case SubOrchestrationInstanceCreated child:
                StartChild(outbox, child);
                break;
            case EntityOperationCalled call:
                outbox.Send(call.EntityId, new OperationRequest(call.Operation, call.Input, CallerOf(call)));
                break;
            case EntityOperationSignaled signal:
                outbox.Send(signal.EntityId, new OperationRequest(signal.Operation, signal.Input, null), signal.SignalTime);
                break;
            case EntityLockRequested request:
                outbox.Send(request.EntityIds[0], new LockRequest(CallerOf(request), request.EntityIds, 0));
                break;
            case EntityUnlockSent release:
                ReleaseLocks(outbox, release.EntityIds);
                break;
        }
    }

    private void StartChild(Outbox outbox, SubOrchestrationInstanceCreated child)
    {
        var parent = new ParentCall(_instance.Name, _instance.InstanceId, _instance.ExecutionId, child.EventId);
        var request = new StartRequest(child.InstanceId, child.Name, child.Input) { Parent = parent, TraceParent = child.TraceParent };
        if (!InstanceTable.TryStart(outbox, request))
        {
            var failure = new Failure(
                typeof(InvalidOperationException).FullName!, $"An orchestration with the instance id '{child.InstanceId}' is already running.");
            outbox.Send(_instance.InstanceId, new SubOrchestrationInstanceFailed(outbox.Now, child.EventId, failure), _instance.ExecutionId);
        }
    }

    private void ContinueAsNew(Outbox outbox)
    {
        var start = orchestration.Start! with { Timestamp = outbox.Now, Input = episode.NextInput };
        InstanceTable.BeginNextExecution(outbox, _instance, episode.NextInput);
        Inbox.DeleteExecution(outbox.Connection, _instance);
        outbox.SendFirst(_instance.InstanceId, start);
        foreach (var inherited in episode.NextEvents)
        {
            outbox.SendFirst(_instance.InstanceId, inherited);
        }
        ReleaseLocks(outbox, EntityTable.LockedBy(outbox.Connection, _instance));
    }

    private void End(Outbox outbox)
    {
        Inbox.DeleteAll(outbox.Connection, _instance.InstanceId);
        ReleaseLocks(outbox, EntityTable.LockedBy(outbox.Connection, _instance));
        if (episode.TerminateChildren)
        {
            var children = InstanceTable.Children(outbox.Connection, _instance.InstanceId);
            foreach (var child in children.Where(child => InstanceTable.IsActive(outbox.Connection, child)))
            {
                outbox.Send(child, new ExecutionTerminated(outbox.Now, episode.Output, Recursive: true));
            }
        }
        if (orchestration.Start?.Parent is { } parent)
        {
            TellParent(outbox, parent);
        }
    }

    private void TellParent(Outbox outbox, ParentCall parent)
    {
        HistoryEvent outcome = episode.Status == InstanceStatus.Completed
            ? new SubOrchestrationInstanceCompleted(outbox.Now, parent.TaskId, episode.Output)
            : new SubOrchestrationInstanceFailed(outbox.Now, parent.TaskId, episode.Failure ?? new Failure(
                typeof(OperationCanceledException).FullName!, $"Sub-orchestration '{_instance.InstanceId}' was terminated."));
        if (InstanceTable.IsActive(outbox.Connection, parent.InstanceId, parent.ExecutionId))
        {
            outbox.Send(parent.InstanceId, outcome, parent.ExecutionId);
        }
    }

    private void ReleaseLocks(Outbox outbox, IEnumerable<string> entityIds)
    {
        foreach (var entityId in entityIds)
        {
            outbox.Send(entityId, new LockRelease(_instance.InstanceId, _instance.ExecutionId));
        }
    }

    private Caller CallerOf(Decision call) => new(_instance.InstanceId, _instance.ExecutionId, call.EventId);
}
