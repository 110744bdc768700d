namespace AgentFunctions.Embedded.Engine;

/// <summary>
/// One running orchestration in memory: its code, paused where it waits, and what its rows say. It is as good as its history:
/// after an error that leaves the two apart it is dropped and made again from the rows.
/// </summary>
internal sealed class Orchestration
{
    private readonly Replay _replay;
    private HashSet<int> _unfinished;
    private readonly NonDeterminismException? _broken; // the code does not fit its history

    public Orchestration(InstanceRow instance, StoredHistory history, OrchestratorCode code)
    {
        (Instance, NextSequence, _unfinished) = (instance, history.Next, history.Unfinished);
        _replay = new Replay(instance.InstanceId, instance.ExecutionId, code);
        try
        {
            _replay.Load(history.Events);
        }
        catch (NonDeterminismException e)
        {
            _broken = e;
        }
    }

    /// <summary>The instance as stored, but for its time of update.</summary>
    public InstanceRow Instance { get; private set; }

    /// <summary>The sequence number of the next episode.</summary>
    public int NextSequence { get; private set; }

    /// <summary>How this execution began; null only while a delayed start is still to come.</summary>
    public ExecutionStarted? Start => _replay.Start;

    /// <summary>Whether the outcome is of an activity that this execution waits for and has not heard of.</summary>
    public bool Expects(ActivityOutcome outcome) =>
        outcome.ExecutionId == Instance.ExecutionId && _unfinished.Contains(outcome.Event.TaskScheduledId);

    /// <summary>Runs the code with what arrived. Unless the episode is committed and <see cref="Recorded"/>, this object is of no more use.</summary>
    public Episode Continue(IReadOnlyList<HistoryEvent> arrived, DateTime now) =>
        _broken is null ? _replay.Continue(arrived, now) : Episode.Failed(now, arrived, Failure.From(_broken));

    /// <summary>The activities without an outcome once the episode is in history.</summary>
    public HashSet<int> UnfinishedAfter(Episode episode)
    {
        HashSet<int> unfinished = [.. _unfinished];
        unfinished.ExceptWith(episode.Applied.Where(item => item is TaskCompleted or TaskFailed).Select(item => ((Completion)item).TaskScheduledId));
        unfinished.UnionWith(episode.Decisions.OfType<TaskScheduled>().Select(task => task.EventId));
        return unfinished;
    }

    /// <summary>The instance once the episode is stored.</summary>
    public InstanceRow RowAfter(Episode episode, DateTime now) => Instance with
    {
        Status = episode.Status,
        UpdatedAt = now,
        Output = episode.Output,
        Failure = episode.Failure,
        CustomStatus = episode.CustomStatusChanged ? episode.CustomStatus : Instance.CustomStatus,
    };

    /// <summary>The episode is in history.</summary>
    public void Recorded(Episode episode)
    {
        _unfinished = UnfinishedAfter(episode);
        Instance = RowAfter(episode, Instance.UpdatedAt);
        NextSequence++;
        _replay.Recorded();
    }
}
