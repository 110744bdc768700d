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

    /// <summary>Rows of new activities.</summary>
    public List<long> Activities { get; } = [];

    /// <summary>Instances whose status changed.</summary>
    public HashSet<string> Changed { get; } = [];

    /// <summary>When the earliest message that is not due yet will be.</summary>
    public DateTime? NextDue { get; private set; }

    /// <summary>Sends to an orchestration.</summary>
    /// <param name="executionId">The one execution it is meant for, or null for whichever runs.</param>
    public void Send(string instanceId, HistoryEvent message, string? executionId = null, DateTime? dueAt = null) =>
        Insert(instanceId, executionId, EventFormat.Write(message), dueAt, (message as TimerFired)?.TaskScheduledId);

    /// <summary>Sends to an orchestration, ahead of everything that waits in its inbox.</summary>
    public void SendFirst(string instanceId, HistoryEvent message) =>
        Insert(instanceId, null, EventFormat.Write(message), _first, null);

    /// <summary>Sends to an entity.</summary>
    public void Send(string entityId, EntityMessage message, DateTime? dueAt = null) =>
        Insert(entityId, null, EventFormat.Write(message), dueAt, null);

    public void Schedule(InstanceRow instance, TaskScheduled task)
    {
        Activities.Add(connection.QueryFirst(
            """
            INSERT INTO activities (instance_id, execution_id, task_id, name, input, trace_parent)
            VALUES (@instance, @execution, @task, @name, @input, @trace) RETURNING id
            """,
            row => row.GetInt64(0),
            ("@instance", instance.InstanceId), ("@execution", instance.ExecutionId), ("@task", task.EventId),
            ("@name", task.Name), ("@input", task.Input), ("@trace", task.TraceParent)));
    }

    public static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    private void Insert(string instanceId, string? executionId, string message, DateTime? dueAt, int? timerId)
    {
        var due = dueAt ?? now;
        connection.Execute(
            """
            INSERT INTO inbox (instance_id, execution_id, timer_id, due_at, format, message)
            VALUES (@instance, @execution, @timer, @due, @format, @message)
            """,
            ("@instance", instanceId), ("@execution", executionId), ("@timer", timerId),
            ("@due", due.Ticks), ("@format", EventFormat.Current), ("@message", message));
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
