using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Traces;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Local.Storage;

/// <summary>The trace store on traces.db. A batch of spans is written as a whole or not at all.</summary>
/// <param name="database">A database that <see cref="TraceSchema"/> has been applied to.</param>
public sealed class SqliteTraceStore(SqliteDatabase database) : ITraceStore
{
    public Task UpsertAsync(IReadOnlyList<SpanRecord> spans, CancellationToken cancellationToken = default) =>
        spans.Count == 0
            ? Task.CompletedTask
            : database.WriteAsync(
                connection =>
                {
                    foreach (var span in spans)
                    {
                        Upsert(connection, span);
                    }
                },
                cancellationToken);

    public Task<IReadOnlyList<SpanRecord>> GetTraceAsync(string traceId, int limit, CancellationToken cancellationToken = default) =>
        database.ReadAsync<IReadOnlyList<SpanRecord>>(
            connection => connection.Query(
                """
                SELECT trace_id, span_id, parent_span_id, name, kind, type, start_time, end_time, status, status_message,
                    scope, run_id, session_id, user_id, agent_id, attributes, events, links
                FROM spans WHERE trace_id = @trace ORDER BY start_time, span_id LIMIT @limit
                """,
                Read,
                ("@trace", traceId), ("@limit", Math.Max(limit, 0))),
            cancellationToken);

    public Task<IReadOnlySet<string>> GetSpanIdsAsync(string traceId, string runId, CancellationToken cancellationToken = default) =>
        database.ReadAsync<IReadOnlySet<string>>(
            connection => connection.Query(
                "SELECT span_id FROM spans WHERE run_id = @run AND trace_id = @trace",
                row => row.GetString(0),
                ("@run", runId), ("@trace", traceId)).ToHashSet(StringComparer.Ordinal),
            cancellationToken);

    private static void Upsert(SqliteConnection connection, SpanRecord span) =>
        connection.Execute(
            """
            INSERT OR REPLACE INTO spans (trace_id, span_id, parent_span_id, name, kind, type, start_time, end_time, status, status_message,
                scope, run_id, session_id, user_id, agent_id, attributes, events, links)
            VALUES (@trace, @span, @parent, @name, @kind, @type, @start, @end, @status, @statusMessage,
                @scope, @run, @session, @user, @agent, @attributes, @events, @links)
            """,
            ("@trace", span.TraceId), ("@span", span.SpanId), ("@parent", span.ParentSpanId), ("@name", span.Name), ("@kind", span.Kind),
            ("@type", span.Type), ("@start", span.StartTime.UtcTicks), ("@end", span.EndTime.UtcTicks), ("@status", span.Status),
            ("@statusMessage", span.StatusMessage), ("@scope", span.Scope), ("@run", span.RunId), ("@session", span.SessionId),
            ("@user", span.UserId), ("@agent", span.AgentId), ("@attributes", Json(span.Attributes)), ("@events", Json(span.Events)),
            ("@links", Json(span.Links)));

    private static SpanRecord Read(SqliteDataReader row) => new()
    {
        TraceId = row.GetString(0),
        SpanId = row.GetString(1),
        ParentSpanId = row.GetText(2),
        Name = row.GetString(3),
        Kind = row.GetInt32(4),
        Type = row.GetText(5),
        StartTime = Ticks.ToTime(row.GetInt64(6)),
        EndTime = Ticks.ToTime(row.GetInt64(7)),
        Status = row.GetInt32(8),
        StatusMessage = row.GetText(9),
        Scope = row.GetText(10),
        RunId = row.GetText(11),
        SessionId = row.GetText(12),
        UserId = row.GetText(13),
        AgentId = row.GetText(14),
        Attributes = JsonNode.Parse(row.GetString(15))!.AsObject(),
        Events = JsonNode.Parse(row.GetString(16))!.AsArray(),
        Links = JsonNode.Parse(row.GetString(17))!.AsArray(),
    };

    private static string Json(JsonNode node) => node.ToJsonString(AgentJson.Options);
}
