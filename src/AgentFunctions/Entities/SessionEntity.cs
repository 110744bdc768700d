// The durable state of one session: whose turn it is, who waits, how many runs it had, what they used.
using AgentFunctions.Runs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Entities;

/// <summary>What a session keeps. <see cref="Version"/> is the schema of these bytes; 1 had no turns, as runs locked the entity.</summary>
public sealed class SessionState
{
    public int Version { get; set; } = 2;

    /// <summary>Runs that had their turn so far; the latest run's position.</summary>
    public int Runs { get; set; }

    /// <summary>The run whose turn it is.</summary>
    public string? Current { get; set; }

    /// <summary>The runs that wait for their turn, in the order of their arrival.</summary>
    public List<string> Waiting { get; set; } = [];

    /// <summary>The latest runs by id with their position, oldest first, bounded.</summary>
    public List<SessionRun> Recent { get; set; } = [];

    public RunUsage Usage { get; set; } = RunUsage.None;
}

/// <param name="Ended">True when the run's usage is counted.</param>
public sealed record SessionRun(string RunId, int Position, bool Ended);

/// <summary>Whether a run has its turn.</summary>
/// <param name="Position">The run's place in the session, from 1; 0 while it waits.</param>
/// <param name="Holder">The run whose turn it is, while this one waits.</param>
public sealed record SessionPlace(int Position, string? Holder = null);

/// <summary>A finished turn, or the end of a wait for one.</summary>
public sealed record SessionTurn(string RunId, RunUsage Usage);

/// <summary>
/// The entity behind a session. Runs of a session go one at a time in the order of their arrival: a run joins, works when it
/// has its turn, and ends its turn. No lock is held meanwhile, because a critical section allows no sub-orchestration.
/// </summary>
public sealed class SessionEntity : TaskEntity<SessionState>
{
    private const int RecentRuns = 50;

    /// <summary>Gives the run its turn, or a place in the queue; asked again, it tells how things stand.</summary>
    public SessionPlace Join(string runId)
    {
        if (State.Recent.Find(r => r.RunId == runId) is { } known)
            return new SessionPlace(known.Position);
        if (State.Current is null)
            return new SessionPlace(Begin(runId));
        if (!State.Waiting.Contains(runId))
            State.Waiting.Add(runId);
        return new SessionPlace(0, State.Current);
    }

    /// <summary>Ends the run's turn and counts its usage, once; a run that only waits leaves the queue.</summary>
    /// <returns>The run whose turn begins now, to be woken; null when none does.</returns>
    public string? End(SessionTurn turn)
    {
        State.Waiting.Remove(turn.RunId);
        Count(turn);
        if (State.Current != turn.RunId)
            return null;
        State.Current = null;
        if (State.Waiting.Count == 0)
            return null;
        var next = State.Waiting[0];
        State.Waiting.RemoveAt(0);
        Begin(next);
        return next;
    }

    /// <summary>Gives away the first turns of a session that is made from another one; its own runs come after them.</summary>
    public void Reserve(int turns) => State.Runs = Math.Max(State.Runs, turns);

    [Function(nameof(SessionEntity))]
    public static Task DispatchAsync([EntityTrigger] TaskEntityDispatcher dispatcher) => dispatcher.DispatchAsync<SessionEntity>();

    protected override SessionState InitializeState(TaskEntityOperation entityOperation) => new();

    private int Begin(string runId)
    {
        State.Current = runId;
        State.Runs++;
        State.Recent.Add(new SessionRun(runId, State.Runs, false));
        if (State.Recent.Count > RecentRuns)
            State.Recent.RemoveAt(0);
        return State.Runs;
    }

    private void Count(SessionTurn turn)
    {
        var index = State.Recent.FindIndex(r => r.RunId == turn.RunId);
        if (index < 0 || State.Recent[index].Ended)
            return;
        State.Recent[index] = State.Recent[index] with { Ended = true };
        State.Usage += turn.Usage;
    }
}
