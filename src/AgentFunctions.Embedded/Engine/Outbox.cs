using System.Security.Cryptography;
using AgentFunctions.Embedded.Sqlite;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Embedded.Engine;

/// <summary>
/// What one transaction sends: it writes the rows, and remembers whom to wake once they are committed.
/// </summary>
internal sealed class Outbox(SqliteConnection connection, DateTime now)
{
    private static readonly DateTime _first = DateTime.MinValue; // sorts before everything in the inbox

    public SqliteConnection Connection => connection;

    public DateTime Now => now;

    /// <summary>Orchestrations and entities that have something to process now.</summary>
    public HashSet<string> Ready { get; } = [];

    /// <summary>Orchestrations that were started by nobody who waits for them in an orchestration, and are due.</summary>
    public List<string> Started { get; } = [];

    /// <summary>New activities; history has them.</summary>
    public List<ActivityWork> Activities { get; } = [];

    /// <summary>Instances whose status changed, with the new one; null: the instance is gone.</summary>
    public Dictionary<string, InstanceStatus?> Changed { get; } = [];

    /// <summary>When the earliest message that is not due yet will be.</summary>
    public DateTime? NextDue { get; private set; }

    /// <summary>Sends to an orchestration.</summary>
    /// <param name="executionId">The one execution it is meant for, or null for whichever runs.</param>
    public void Send(string instanceId, HistoryEvent message, string? executionId = null, DateTime? dueAt = null) =>
        Insert(instanceId, executionId, EventFormat.Write(message), dueAt, (message as TimerFired)?.TaskScheduledId);

    /// <summary>Sends an orchestration its start. A sub-orchestration's is part of what has begun, so it waits for no turn.</summary>
    public void SendStart(string instanceId, ExecutionStarted start, DateTime? dueAt)
    {
        Send(instanceId, start, dueAt: dueAt);
        if (start.Parent is null && Ready.Remove(instanceId))
        {
            Started.Add(instanceId);
        }
    }

    /// <summary>Sends to an orchestration, ahead of everything that waits in its inbox.</summary>
    public void SendFirst(string instanceId, HistoryEvent message) =>
        Insert(instanceId, null, EventFormat.Write(message), _first, null);

    /// <summary>Sends to an entity.</summary>
    public void Send(string entityId, EntityMessage message, DateTime? dueAt = null) =>
        Insert(entityId, null, EventFormat.Write(message), dueAt, null);

    public static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    private void Insert(string instanceId, string? executionId, byte[] message, DateTime? dueAt, int? timerId)
    {
        var due = dueAt ?? now;
        connection.Bulk("INSERT INTO inbox (instance_id, execution_id, timer_id, due_at, format, message) VALUES (?, ?, ?, ?, ?, ?)")
            .Add(instanceId).Add(executionId).Add(timerId).Add(due.Ticks).Add(EventFormat.Current).AddText(message)
            .Execute();
        if (due <= now)
        {
            Ready.Add(instanceId);
        }
        else if (NextDue is null || due < NextDue)
        {
            NextDue = due;
        }
    }
}
