using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Runs;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Local.Storage;

/// <summary>The table <c>events</c>. Its last row says all about a log: how long it is, and whether it is closed.</summary>
internal static class EventRows
{
    public static bool IsClosed(SqliteConnection connection, string runId) => Head(connection, runId).Closed;

    public static void Append(SqliteConnection connection, string runId, IReadOnlyList<NewRunEvent> events)
    {
        var (last, closed) = Head(connection, runId);
        foreach (var next in events)
        {
            if (closed)
            {
                return;
            }
            if (TryInsert(connection, runId, last + 1, next))
            {
                last++;
                closed = RunEventTypes.IsTerminal(next.Type);
            }
        }
    }

    public static IReadOnlyList<RunEvent> Read(SqliteConnection connection, string runId, long after, int limit) =>
        connection.Query(
            "SELECT sequence, type, data, timestamp FROM events WHERE run_id = @run AND sequence > @after ORDER BY sequence LIMIT @limit",
            row => new RunEvent(runId, row.GetInt64(0), row.GetString(1), JsonNode.Parse(row.GetString(2))!.AsObject(), Ticks.ToTime(row.GetInt64(3))),
            ("@run", runId), ("@after", after), ("@limit", Math.Max(limit, 0)));

    private static (long Sequence, bool Closed) Head(SqliteConnection connection, string runId) =>
        connection.QueryFirst(
            "SELECT sequence, type FROM events WHERE run_id = @run ORDER BY sequence DESC LIMIT 1",
            row => (row.GetInt64(0), RunEventTypes.IsTerminal(row.GetString(1))),
            ("@run", runId));

    /// <summary>False when the run has an event with this key.</summary>
    private static bool TryInsert(SqliteConnection connection, string runId, long sequence, NewRunEvent next) =>
        connection.Bulk(
            """
            INSERT INTO events (run_id, sequence, type, key, timestamp, data)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (run_id, key) WHERE key IS NOT NULL DO NOTHING
            """)
            .Add(runId).Add(sequence).Add(next.Type).Add(next.Key)
            .Add(next.Timestamp.UtcTicks).AddText(JsonSerializer.SerializeToUtf8Bytes(next.Data, AgentJson.Options))
            .Execute() == 1;
}
