using AgentFunctions.Embedded.Sqlite;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Embedded.Engine;

/// <summary>A message of an inbox.</summary>
/// <param name="Id">Arrival order.</param>
internal sealed record InboxMessage<T>(long Id, T Body);

/// <summary>
/// The SQL of the inboxes. Each method is one step of a caller's transaction. What is meant for one execution is only put in while
/// that execution runs, and is taken out in the transaction that ends it, so an inbox never holds a result of an earlier execution.
/// </summary>
internal static class Inbox
{
    /// <summary>What is due for one orchestration or entity, in order.</summary>
    public static List<InboxMessage<T>> Due<T>(SqliteConnection connection, string instanceId, DateTime now, int limit = int.MaxValue) =>
        connection.Query(
            """
            SELECT id, format, message FROM inbox
            WHERE instance_id = @instance AND due_at <= @now ORDER BY due_at, id LIMIT @limit
            """,
            row => new InboxMessage<T>(row.GetInt64(0), EventFormat.ReadMessage<T>(row.GetInt32(1), row.GetString(2))),
            ("@instance", instanceId), ("@now", now.Ticks), ("@limit", limit));

    /// <summary>Who has a message that is due, in order of arrival, and whether that is the start of an orchestration without parent.</summary>
    public static List<(string InstanceId, bool IsStart)> Ready(SqliteConnection connection, DateTime now) =>
        connection.Query(
            """
            SELECT instance_id, EXISTS (
                SELECT 1 FROM instances WHERE instance_id = inbox.instance_id AND status = @pending AND parent_instance_id IS NULL)
            FROM inbox WHERE due_at <= @now GROUP BY instance_id ORDER BY min(id)
            """,
            row => (row.GetString(0), row.GetBoolean(1)), ("@now", now.Ticks), ("@pending", (int)InstanceStatus.Pending));

    public static DateTime? NextDue(SqliteConnection connection, DateTime now) =>
        connection.QueryFirst("SELECT min(due_at) FROM inbox WHERE due_at > @now", row => row.GetInteger(0), ("@now", now.Ticks)) is { } ticks
            ? new DateTime(ticks, DateTimeKind.Utc)
            : null;

    public static void Delete(SqliteConnection connection, long messageId) =>
        connection.Bulk("DELETE FROM inbox WHERE id = ?").Add(messageId).Execute();

    public static void DeleteTimer(SqliteConnection connection, InstanceRow instance, int timerId) =>
        connection.Execute(
            "DELETE FROM inbox WHERE instance_id = @instance AND execution_id = @execution AND timer_id = @timer",
            ("@instance", instance.InstanceId), ("@execution", instance.ExecutionId), ("@timer", timerId));

    /// <summary>Drops what only the given execution could have used: its timers and results.</summary>
    public static void DeleteExecution(SqliteConnection connection, InstanceRow instance) =>
        connection.Execute(
            "DELETE FROM inbox WHERE instance_id = @instance AND execution_id = @execution",
            ("@instance", instance.InstanceId), ("@execution", instance.ExecutionId));

    public static void DeleteAll(SqliteConnection connection, string instanceId) =>
        connection.Execute("DELETE FROM inbox WHERE instance_id = @instance", ("@instance", instanceId));
}
