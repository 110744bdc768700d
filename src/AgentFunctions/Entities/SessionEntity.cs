// The durable state of one session: whose turn it is, how many runs it had, what they used.
using AgentFunctions.Runs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Entities;

/// <summary>What a session keeps. <see cref="Version"/> is the schema of these bytes.</summary>
public sealed class SessionState
{
    public int Version { get; set; } = 1;

    /// <summary>Runs that had their turn so far; the latest run's position.</summary>
    public int Runs { get; set; }

    /// <summary>The latest runs by id with their position, oldest first, bounded.</summary>
    public List<SessionRun> Recent { get; set; } = [];

    public RunUsage Usage { get; set; } = RunUsage.None;
}

/// <param name="Ended">True when the run's usage is counted.</param>
public sealed record SessionRun(string RunId, int Position, bool Ended);

/// <summary>A finished turn.</summary>
public sealed record SessionTurn(string RunId, RunUsage Usage);

/// <summary>
/// The entity behind a session. A run locks it for as long as it works, so the runs of a session go one at a time in the
/// order of their arrival.
/// </summary>
public sealed class SessionEntity : TaskEntity<SessionState>
{
    private const int RecentRuns = 50;

    /// <summary>Gives the run its position in the session, from 1; the same again when asked twice.</summary>
    public int Begin(string runId)
    {
        if (State.Recent.Find(r => r.RunId == runId) is { } known)
            return known.Position;
        State.Runs++;
        State.Recent.Add(new SessionRun(runId, State.Runs, false));
        if (State.Recent.Count > RecentRuns)
            State.Recent.RemoveAt(0);
        return State.Runs;
    }

    /// <summary>Counts the run's usage, once.</summary>
    public void End(SessionTurn turn)
    {
        var index = State.Recent.FindIndex(r => r.RunId == turn.RunId);
        if (index < 0 || State.Recent[index].Ended)
            return;
        State.Recent[index] = State.Recent[index] with { Ended = true };
        State.Usage += turn.Usage;
    }

    [Function(nameof(SessionEntity))]
    public static Task DispatchAsync([EntityTrigger] TaskEntityDispatcher dispatcher) => dispatcher.DispatchAsync<SessionEntity>();

    protected override SessionState InitializeState(TaskEntityOperation entityOperation) => new();
}
