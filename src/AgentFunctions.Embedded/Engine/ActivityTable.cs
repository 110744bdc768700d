using AgentFunctions.Embedded.Sqlite;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Embedded.Engine;

/// <summary>An activity to run. It stays stored until its result is.</summary>
internal sealed record ActivityWork(
    long Id, string InstanceId, string ExecutionId, int TaskId, string Name, string? Input, string? TraceParent);

/// <summary>The SQL of activities. Each method is one step of a caller's transaction.</summary>
internal static class ActivityTable
{
    public static List<long> All(SqliteConnection connection) =>
        connection.Query("SELECT id FROM activities ORDER BY id", row => row.GetInt64(0));

    public static ActivityWork? Find(SqliteConnection connection, long id) =>
        connection.QueryFirst(
            "SELECT instance_id, execution_id, task_id, name, input, trace_parent FROM activities WHERE id = @id",
            row => new ActivityWork(id, row.GetString(0), row.GetString(1), row.GetInt32(2), row.GetString(3), row.GetText(4), row.GetText(5)),
            ("@id", id));

    /// <summary>Hands the outcome to the orchestration, once: the row that makes it possible goes in the same transaction.</summary>
    public static void Complete(Outbox outbox, ActivityWork activity, HistoryEvent outcome)
    {
        var deleted = outbox.Connection.Execute("DELETE FROM activities WHERE id = @id", ("@id", activity.Id)) == 1;
        if (deleted && InstanceTable.IsActive(outbox.Connection, activity.InstanceId, activity.ExecutionId))
        {
            outbox.Send(activity.InstanceId, outcome, activity.ExecutionId);
        }
    }

    public static void DeleteOf(SqliteConnection connection, string instanceId) =>
        connection.Execute("DELETE FROM activities WHERE instance_id = @instance", ("@instance", instanceId));
}
