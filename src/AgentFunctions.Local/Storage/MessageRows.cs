using AgentFunctions.Agents;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Local.Storage;

/// <summary>The table <c>messages</c>.</summary>
internal static class MessageRows
{
    public static void Append(SqliteConnection connection, string runId, IReadOnlyList<NewMessage> messages)
    {
        foreach (var message in messages)
        {
            connection.Execute(
                """
                INSERT INTO messages (run_id, position, key, step, created_at, message)
                VALUES (@run, (SELECT ifnull(max(position), 0) + 1 FROM messages WHERE run_id = @run), @key, @step, @created, @message)
                ON CONFLICT (run_id, key) DO NOTHING
                """,
                ("@run", runId), ("@key", message.Key), ("@step", message.Step),
                ("@created", message.CreatedAt.UtcTicks), ("@message", AgentJson.Serialize(message.Message)));
        }
    }

    public static IReadOnlyList<RunMessage> OfRun(SqliteConnection connection, string runId) =>
        connection.Query(
            "SELECT run_id, position, step, message, created_at FROM messages WHERE run_id = @run ORDER BY position", Read, ("@run", runId));

    /// <summary>Sums up the runs' message counts from the latest run back, and takes the runs that fit as a whole.</summary>
    public static IReadOnlyList<RunMessage> OfSession(SqliteConnection connection, string sessionId, int beforePosition, int limit) =>
        connection.Query(
            """
            WITH latest AS (
                SELECT run_id, session_position, (SELECT count(*) FROM messages WHERE messages.run_id = runs.run_id) AS size
                FROM runs
                WHERE session_id = @session AND status = 'completed' AND session_position < @before
                    AND EXISTS (SELECT 1 FROM messages WHERE messages.run_id = runs.run_id)
                ORDER BY session_position DESC LIMIT @limit),
            summed AS (
                SELECT run_id, session_position, sum(size) OVER (ORDER BY session_position DESC, run_id) AS total FROM latest)
            SELECT run_id, position, step, message, created_at
            FROM summed JOIN messages USING (run_id)
            WHERE total <= @limit
            ORDER BY session_position, run_id, position
            """,
            Read,
            ("@session", sessionId), ("@before", beforePosition), ("@limit", Math.Max(limit, 0)));

    private static RunMessage Read(SqliteDataReader row) =>
        new(row.GetString(0), row.GetInt32(1), row.GetInt32(2), AgentJson.Deserialize<Message>(row.GetString(3)), Ticks.ToTime(row.GetInt64(4)));
}
