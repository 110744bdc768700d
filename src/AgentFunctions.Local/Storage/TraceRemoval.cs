using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Traces;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Local.Storage;

/// <summary>Makes room in traces.db. Pages that become free are used again; the file itself keeps its length.</summary>
internal static class TraceRemoval
{
    public static int Delete(SqliteConnection connection, DateTimeOffset endedBefore, int limit)
    {
        var traces = connection.Query(
            "SELECT id FROM traces WHERE end_time < @before ORDER BY end_time, id LIMIT @limit",
            row => row.GetInt64(0),
            ("@before", endedBefore.UtcTicks), ("@limit", Math.Max(limit, 0)));
        foreach (var trace in traces)
        {
            connection.Execute(
                """
                DELETE FROM trace_keys WHERE trace = @trace AND key IN (
                    SELECT 'run:' || run_id FROM spans WHERE trace = @trace UNION SELECT 'session:' || session_id FROM spans WHERE trace = @trace)
                """,
                ("@trace", trace));
            connection.Execute("DELETE FROM spans WHERE trace = @trace", ("@trace", trace));
            connection.Execute("DELETE FROM traces WHERE id = @trace", ("@trace", trace));
        }
        return traces.Count;
    }

    public static TraceStoreSize Size(SqliteConnection connection) =>
        connection.QueryFirst(
            """
            SELECT (page_count - freelist_count) * page_size, (SELECT count(*) FROM traces), (SELECT min(end_time) FROM traces)
            FROM pragma_page_count, pragma_freelist_count, pragma_page_size
            """,
            row => new TraceStoreSize(row.GetInt64(0), row.GetInt64(1), row.GetInteger(2) is { } end ? Ticks.ToTime(end) : null))!;
}
