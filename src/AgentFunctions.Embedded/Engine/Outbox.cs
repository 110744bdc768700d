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

    /// <summary>Instances that were made here and have nothing in their inbox but their start.</summary>
    public Dictionary<string, StoredOrchestration> Fresh { get; } = [];

    /// <summary>Instances whose status changed.</summary>
    public Dictionary<string, InstanceChange> Changed { get; } = [];

    /// <summary>When the earliest message that is not due yet will be.</summary>
    public DateTime? NextDue { get; private set; }

    /// <summary>Sends to an orchestration.</summary>
    /// <param name="executionId">The one execution it is meant for, or null for whichever runs.</param>
    public void Send(string instanceId, HistoryEvent message, string? executionId = null, DateTime? dueAt = null) =>
        Insert(instanceId, executionId, EventFormat.Write(message), dueAt, (message as TimerFired)?.TaskScheduledId);

    /// <summary>Sends an orchestration its start. A sub-orchestration's is part of what has begun, so it waits for no turn.</summary>
    public void SendStart(InstanceRow instance, ExecutionStarted start, DateTime? dueAt)
    {
        Send(instance.InstanceId, start, dueAt: dueAt);
        if (!Ready.Contains(instance.InstanceId))
        {
            return; // later
        }
        Fresh[instance.InstanceId] = new StoredOrchestration(instance, StoredHistory.None, [new InboxMessage<HistoryEvent>(connection.LastId(), start)]);
        if (start.Parent is null)
        {
            Ready.Remove(instance.InstanceId);
            Started.Add(instance.InstanceId);
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
        Fresh.Remove(instanceId);
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

/// <summary>What a transaction made of an instance.</summary>
/// <param name="Status">Null: the instance is gone.</param>
/// <param name="Ended">Its row, if it has ended.</param>
internal readonly record struct InstanceChange(InstanceStatus? Status, InstanceRow? Ended = null);
