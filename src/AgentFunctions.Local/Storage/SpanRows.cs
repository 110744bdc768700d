using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Traces;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Local.Storage;

/// <summary>The table <c>spans</c>, row by row.</summary>
internal static class SpanRows
{
    /// <summary>What <see cref="Read"/> reads, of <c>spans AS s</c> joined with <c>traces AS t</c>.</summary>
    public const string Columns = """
        t.trace_id, s.span_id, s.parent_span_id, s.name, s.kind, s.type, s.start_time, s.end_time, s.status, s.status_message,
            s.scope, s.run_id, s.session_id, s.user_id, s.agent_id, s.team_id, s.workflow_id, s.attributes, s.events, s.links
        """;

    public const string Source = "spans AS s JOIN traces AS t ON t.id = s.trace";

    private const string Target = """
        INTO spans (trace, span_id, parent_span_id, name, kind, type, start_time, end_time, status, run_id, session_id, user_id,
            agent_id, team_id, workflow_id, run_status, model, tool, input_tokens, output_tokens, reasoning_tokens, cached_tokens,
            cache_write_tokens, cost_usd, unpriced, scope, status_message, attributes, events, links)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """;

    private const string Insert = $"INSERT {Target} ON CONFLICT (trace, span_id) DO NOTHING";
    private const string Replace = $"INSERT OR REPLACE {Target}";

    private const int MaxKeptText = 1024 * 1024;

    private static readonly ThreadLocal<(ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Writer)> _text = new(NewText);

    /// <summary>Writes a span that may be there already; then it replaces it and says false.</summary>
    public static bool Add(SqliteConnection connection, long trace, SpanRecord span)
    {
        if (Bind(connection.Bulk(Insert), trace, span).Execute() == 1)
        {
            return true;
        }
        Bind(connection.Bulk(Replace), trace, span).Execute();
        return false;
    }

    /// <summary>The first spans of a trace. SQLite sorts the ids alone; sorting whole rows would copy their content.</summary>
    public static List<SpanRecord> OfTrace(SqliteConnection connection, string traceId, int limit)
    {
        var spans = connection.Query(
            $"""
            SELECT {Columns} FROM {Source} WHERE s.id IN (
                SELECT id FROM spans WHERE trace = (SELECT id FROM traces WHERE trace_id = @trace) ORDER BY start_time, span_id LIMIT @limit)
            """,
            Read,
            ("@trace", traceId), ("@limit", Math.Max(limit, 0)));
        spans.Sort((a, b) => a.StartTime != b.StartTime ? a.StartTime.CompareTo(b.StartTime) : string.CompareOrdinal(a.SpanId, b.SpanId));
        return spans;
    }

    public static HashSet<string> IdsOf(SqliteConnection connection, string traceId, string runId) =>
        connection.Query(
            $"SELECT s.span_id FROM {Source} WHERE t.trace_id = @trace AND s.run_id = @run",
            row => row.GetString(0),
            ("@trace", traceId), ("@run", runId)).ToHashSet(StringComparer.Ordinal);

    public static SpanRecord Read(SqliteDataReader row) => new()
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
        TeamId = row.GetText(15),
        WorkflowId = row.GetText(16),
        Attributes = JsonNode.Parse(row.GetFieldValue<byte[]>(17))!.AsObject(),
        Events = ReadArray(row, 18),
        Links = ReadArray(row, 19),
    };

    private static SqliteBulkStatement Bind(SqliteBulkStatement statement, long trace, SpanRecord span)
    {
        statement.Add(trace).Add(span.SpanId).Add(span.ParentSpanId).Add(span.Name).Add(span.Kind).Add(span.Type)
            .Add(span.StartTime.UtcTicks).Add(span.EndTime.UtcTicks).Add(span.Status)
            .Add(span.RunId).Add(span.SessionId).Add(span.UserId).Add(span.AgentId).Add(span.TeamId).Add(span.WorkflowId)
            .Add(span.RunStatus()).Add(span.Model()).Add(span.Tool());
        var (usage, cost) = (span.Usage(), span.CostUsd());
        statement.Add(usage.PromptTokens).Add(usage.CompletionTokens).Add(usage.ReasoningTokens).Add(usage.CachedTokens)
            .Add(usage.CacheWriteTokens).Add((double?)cost).Add(span.IsUnpriced() ? 1 : 0)
            .Add(span.Scope).Add(span.StatusMessage);
        AddJson(statement, span.Attributes);
        AddJson(statement, span.Events);
        AddJson(statement, span.Links);
        return statement;
    }

    private static JsonArray ReadArray(SqliteDataReader row, int ordinal)
    {
        var json = row.GetFieldValue<byte[]>(ordinal);
        return json.AsSpan().SequenceEqual("[]"u8) ? [] : JsonNode.Parse(json)!.AsArray();
    }

    private static void AddJson(SqliteBulkStatement statement, JsonNode node)
    {
        if (node is JsonArray { Count: 0 })
        {
            statement.AddText("[]"u8);
            return;
        }
        var (buffer, writer) = _text.Value!;
        buffer.ResetWrittenCount();
        writer.Reset();
        node.WriteTo(writer, AgentJson.Options);
        writer.Flush();
        statement.AddText(buffer.WrittenSpan);
        if (buffer.Capacity > MaxKeptText)
        {
            _text.Value = NewText();
        }
    }

    private static (ArrayBufferWriter<byte>, Utf8JsonWriter) NewText()
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        return (buffer, new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = AgentJson.Options.Encoder }));
    }
}
