namespace AgentFunctions.Embedded.Engine;

/// <summary>An orchestrator: code that runs against its context and returns its serialized output.</summary>
internal delegate Task<string?> OrchestratorCode(OrchestratorContext context);

/// <summary>
/// What orchestrator code sees. Every call gets the next sequence number and becomes a decision;
/// <see cref="Replay"/> compares decisions with history and completes the tasks handed out here.
/// </summary>
internal sealed class OrchestratorContext(string instanceId, string executionId, OrchestratorPump pump)
{
    private readonly SortedDictionary<int, Decision> _unrecorded = []; // calls that history does not have yet, by sequence number
    private readonly Dictionary<int, OpenCall> _open = [];
    private readonly EventWaits _events = new();
    private readonly CriticalSection _section = new();
    private ExecutionStarted _start = null!; // set before the code runs
    private int _nextId;
    private int _guids;

    public string InstanceId => instanceId;

    public string ExecutionId => executionId;

    public string Name => _start.Name;

    public string? Input => _start.Input;

    public ParentCall? Parent => _start.Parent;

    /// <summary>The time of the current episode, UTC.</summary>
    public DateTime Now { get; set; }

    public bool IsReplaying { get; set; } = true;

    public string? CustomStatus { get; private set; }

    public bool CustomStatusChanged { get; private set; }

    public IReadOnlyCollection<Decision> Unrecorded => _unrecorded.Values;

    public HashSet<int> CancelledTimers { get; } = [];

    /// <summary>Set when the code asked to continue as new.</summary>
    public NextExecution? Next { get; private set; }

    /// <summary>
    /// True while an activity, a sub-orchestration or a timer is under way: an orchestration whose code has returned waits for
    /// them before it ends. Waits for events do not count, nor do calls to entities, which Durable Task makes of events.
    /// </summary>
    public bool HasOpenTasks => _open.Values.Any(call => call.IsTask);

    /// <summary>True if something recorded can still complete one of the code's tasks.</summary>
    public bool WaitsForSomething => _open.Count > 0 || _events.AnyOpen;

    public Task<string?> CallActivityAsync(string name, string? input) =>
        Call(id => new TaskScheduled(Now, id, name, input));

    public Task<string?> CallSubOrchestrationAsync(string name, string? childId, string? input)
    {
        _section.BeforeSubOrchestration();
        childId ??= NewGuid().ToString("N");
        return Call(id => new SubOrchestrationInstanceCreated(Now, id, name, childId, input, _start.TraceParent));
    }

    public Task CreateTimerAsync(DateTime fireAt, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return Task.FromCanceled(cancellation);
        }
        var timerId = _nextId;
        var task = Call(id => new TimerCreated(Now, id, fireAt));
        cancellation.Register(() =>
        {
            if (_open.Remove(timerId, out var timer))
            {
                CancelledTimers.Add(timerId);
                timer.Outcome.TrySetCanceled(cancellation);
            }
        });
        return task;
    }

    /// <param name="type">What the payload is to be; open waits of one name must agree on it.</param>
    public Task<string?> WaitForEventAsync(string name, Type type, CancellationToken cancellation)
    {
        EnsureOnPump();
        return _events.WaitAsync(name, type, cancellation);
    }

    public void SendEvent(string target, string name, string? input) => Decide(id => new EventSent(Now, id, target, name, input));

    public async Task<string?> CallEntityAsync(string entityId, string operation, string? input)
    {
        _section.BeginCall(entityId);
        try
        {
            return await Call(id => new EntityOperationCalled(Now, id, entityId, operation, input), isTask: false);
        }
        finally
        {
            _section.EndCall(entityId);
        }
    }

    public void SignalEntity(string entityId, string operation, string? input, DateTime? signalTime)
    {
        _section.BeforeSignal(entityId);
        Decide(id => new EntityOperationSignaled(Now, id, entityId, operation, input, signalTime));
    }

    /// <summary>Locks the entities in one fixed order, so that two orchestrations never wait for each other.</summary>
    public async Task LockEntitiesAsync(IEnumerable<string> entityIds)
    {
        string[] sorted = [.. entityIds.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        _section.Request(sorted);
        await Call(id => new EntityLockRequested(Now, id, sorted), isTask: false);
        _section.Granted();
    }

    public void ReleaseLocks()
    {
        if (_section.Leave() is { Count: > 0 } released)
        {
            Decide(id => new EntityUnlockSent(Now, id, released));
        }
    }

    public bool InCriticalSection(out IReadOnlyList<string> available)
    {
        available = _section.Available;
        return _section.IsInside;
    }

    public void SetCustomStatus(string? status) => (CustomStatus, CustomStatusChanged) = (status, true);

    /// <summary>Asks to start over. Events that arrived before are dropped unless they are to be kept; later ones never are.</summary>
    public void ContinueAsNew(string? input, bool keepUnprocessedEvents)
    {
        Next = new NextExecution(input);
        if (!keepUnprocessedEvents)
        {
            _events.TakeUnprocessed();
        }
    }

    public Guid NewGuid() => DeterministicGuid.Create($"{instanceId}_{Now:o}_{_guids++}");

    // What follows is for Replay.

    public void Begin(ExecutionStarted start) => _start = start;

    public void Raise(EventRaised raised) => _events.Raise(raised);

    public List<EventRaised> TakeUnprocessedEvents() => _events.TakeUnprocessed();

    /// <summary>History has this call: it must be the one the code made.</summary>
    public void Confirm(Decision recorded)
    {
        var made = _unrecorded.GetValueOrDefault(recorded.EventId)?.Describe();
        if (made != recorded.Describe())
        {
            throw NonDeterminismException.AtCall(Name, recorded.EventId, made, recorded.Describe());
        }
        _unrecorded.Remove(recorded.EventId);
    }

    /// <summary>A recorded episode ends here: all its calls are recorded, so the code must have made no others, nor have ended.</summary>
    public void ConfirmAll(bool ended)
    {
        if (_unrecorded.Count > 0)
        {
            var (position, call) = _unrecorded.First();
            throw NonDeterminismException.AtCall(Name, position, call.Describe(), null);
        }
        if (ended)
        {
            throw NonDeterminismException.EndedEarly(Name, _nextId);
        }
    }

    /// <summary>An episode was stored.</summary>
    /// <param name="decisions">Whether history has the calls made since the last one; a suspended instance holds them back.</param>
    public void Recorded(bool decisions)
    {
        if (decisions)
        {
            _unrecorded.Clear();
        }
        CancelledTimers.Clear();
        CustomStatusChanged = false;
    }

    /// <summary>Hands an outcome to the task that waits for it; an outcome that nobody waits for (a cancelled timer) is ignored.</summary>
    public void Complete(Completion completion)
    {
        if (!_open.Remove(completion.TaskScheduledId, out var call))
        {
            return;
        }
        var task = call.Outcome;
        switch (completion)
        {
            case TaskCompleted done: task.SetResult(done.Result); break;
            case SubOrchestrationInstanceCompleted done: task.SetResult(done.Result); break;
            case EntityOperationCompleted done: task.SetResult(done.Result); break;
            case TaskFailed failed: Fail(task, failed, failed.Failure); break;
            case SubOrchestrationInstanceFailed failed: Fail(task, failed, failed.Failure); break;
            case EntityOperationFailed failed: Fail(task, failed, failed.Failure); break;
            default: task.SetResult(null); break; // a timer fired, a lock was granted
        }
    }

    private static void Fail(TaskCompletionSource<string?> task, Completion completion, Failure failure) =>
        task.SetException(new FailureException(failure, completion.TaskScheduledId));

    private Task<string?> Call(Func<int, Decision> decision, bool isTask = true)
    {
        var outcome = new TaskCompletionSource<string?>();
        _open.Add(Decide(decision), new OpenCall(outcome, isTask));
        return outcome.Task;
    }

    private int Decide(Func<int, Decision> decision)
    {
        EnsureOnPump();
        var id = _nextId++;
        _unrecorded.Add(id, decision(id));
        return id;
    }

    /// <param name="IsTask">Whether the orchestration waits for it before it ends.</param>
    private readonly record struct OpenCall(TaskCompletionSource<string?> Outcome, bool IsTask);

    private void EnsureOnPump()
    {
        if (!pump.IsOnPump)
        {
            throw new InvalidOperationException(
                $"Orchestrator '{Name}' used its context from another thread. {Replay.AwaitAdvice}");
        }
    }
}

/// <summary>The request to start over with a new input and an empty history.</summary>
internal sealed record NextExecution(string? Input);
