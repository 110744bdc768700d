namespace AgentFunctions.Embedded.Engine;

/// <summary>
/// An orchestrator's code in memory: it replays history once and then goes on, one episode at a time, with what arrives.
/// It touches no storage and starts nothing, so the same input always gives the same episodes.
/// </summary>
internal sealed class Replay
{
    internal const string AwaitAdvice =
        "In an orchestrator await only tasks that the context gave (CreateTimer instead of Task.Delay), without ConfigureAwait(false); " +
        "use no Task.Run, and do I/O in activities.";

    private readonly OrchestratorCode _code;
    private readonly OrchestratorPump _pump = new();
    private readonly OrchestratorContext _context;
    private readonly List<HistoryEvent> _held = []; // arrived while suspended
    private Task<string?>? _run;
    private bool _suspended;
    private ExecutionTerminated? _terminated;

    public Replay(string instanceId, string executionId, OrchestratorCode code)
    {
        _code = code;
        _context = new OrchestratorContext(instanceId, executionId, _pump);
    }

    /// <summary>Code that has returned while its activities, sub-orchestrations or timers are under way has not ended yet, as in Durable Task.</summary>
    private bool HasEnded => _terminated is not null || (_run is { IsCompleted: true } && !_context.HasOpenTasks);

    /// <summary>How the execution began; null until it did.</summary>
    public ExecutionStarted? Start { get; private set; }

    /// <summary>Brings the code to where history ends.</summary>
    /// <exception cref="NonDeterminismException">The code made other calls than history has.</exception>
    public void Load(IEnumerable<HistoryEvent> history)
    {
        _context.IsReplaying = true;
        foreach (var past in history)
        {
            Apply(past);
        }
        _context.IsReplaying = false;
    }

    /// <summary>Replays an execution that has ended.</summary>
    /// <exception cref="NonDeterminismException">The code does not do again what history says.</exception>
    public void Repeat(IEnumerable<HistoryEvent> history)
    {
        Load(history.SkipLast(1)); // the mark of the last episode's end: the code may end there
        _context.ConfirmAll(ended: false);
        if (!HasEnded)
        {
            throw NonDeterminismException.GoesOn(_context.Name);
        }
    }

    /// <summary>Runs the code with what arrived. <see cref="Recorded"/> must follow before the next episode.</summary>
    public Episode Continue(IReadOnlyList<HistoryEvent> arrived, DateTime now)
    {
        var applied = new List<HistoryEvent>();
        _context.Now = now;
        foreach (var next in arrived.TakeWhile(_ => !HasEnded)) // the rest is for the next execution, if there is one
        {
            Apply(next);
            applied.Add(next);
        }
        var episode = Conclude(applied, now);
        return IsStuck() ? episode with { Status = InstanceStatus.Failed, Failure = StuckFailure() } : episode;
    }

    /// <summary>The episode is in history.</summary>
    public void Recorded() => _context.Recorded(decisions: !_suspended);

    private void Apply(HistoryEvent next)
    {
        if (_suspended && next is Completion or EventRaised or ExecutionStarted)
        {
            _held.Add(next);
            return;
        }
        switch (next)
        {
            case OrchestratorStarted episode: _context.Now = episode.Timestamp; break;
            case OrchestratorCompleted when !_suspended: _context.ConfirmAll(ended: HasEnded); break;
            case ExecutionStarted start: Begin(start); break;
            case Decision recorded: _context.Confirm(recorded); break;
            case Completion completion: _pump.Run(() => _context.Complete(completion)); break;
            case EventRaised raised: _pump.Run(() => _context.Raise(raised)); break;
            case ExecutionSuspended: _suspended = true; break;
            case ExecutionResumed: Resume(); break;
            case ExecutionTerminated termination: _terminated = termination; break;
        }
    }

    private void Begin(ExecutionStarted start)
    {
        Start = start;
        _context.Begin(start);
        _pump.Run(() => _run = RunCodeAsync());

        // Awaiting here ends the run on the pump, or not at all, and turns an exception thrown at once into a failed task.
        async Task<string?> RunCodeAsync() => await _code(_context);
    }

    private void Resume()
    {
        _suspended = false;
        var held = _held.ToList();
        _held.Clear();
        held.ForEach(Apply);
    }

    private bool IsStuck() =>
        _run is { IsCompleted: false } && !HasEnded && !_suspended && (_pump.ForeignContinuation || !_context.WaitsForSomething);

    private Failure StuckFailure() => Failure.From(new InvalidOperationException(
        $"Orchestrator '{_context.Name}' awaits something that its context did not give, so it can never go on. {AwaitAdvice}"));

    private Episode Conclude(List<HistoryEvent> applied, DateTime now)
    {
        var episode = new Episode
        {
            Status = _suspended ? InstanceStatus.Suspended : _run is null ? InstanceStatus.Pending : InstanceStatus.Running,
            StartedAt = now,
            Applied = applied,
            Decisions = _suspended ? [] : [.. _context.Unrecorded], // a suspended instance starts nothing: they come with the resume
            CancelledTimers = [.. _context.CancelledTimers],
            CustomStatus = _context.CustomStatus,
            CustomStatusChanged = _context.CustomStatusChanged,
        };
        return !HasEnded ? episode : (_terminated, _run) switch
        {
            ({ } termination, _) => episode with { Status = InstanceStatus.Terminated, Output = termination.Output, TerminateChildren = termination.Recursive },
            (_, { IsCompletedSuccessfully: true }) when _context.Next is { } next => ContinueAsNew(episode, next),
            (_, { IsCompletedSuccessfully: true }) => episode with { Status = InstanceStatus.Completed, Output = _run.Result },
            _ => episode with { Status = InstanceStatus.Failed, Failure = FailureOf(_run!) },
        };
    }

    private Episode ContinueAsNew(Episode episode, NextExecution next) => episode with
    {
        Status = InstanceStatus.ContinuedAsNew,
        NextInput = next.Input,
        NextEvents = _context.TakeUnprocessedEvents(),
    };

    private static Failure FailureOf(Task run) =>
        Failure.From(run.Exception?.InnerException ?? new TaskCanceledException(run)); // a cancelled task carries no exception
}
