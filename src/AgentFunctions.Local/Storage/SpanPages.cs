using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Runs;
using AgentFunctions.Traces;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Local.Storage;

/// <summary>Pages of spans across traces, latest start first.</summary>
internal static class SpanPages
{
    /// <summary>The name in its cursors.</summary>
    public const string Name = "spans";

    private const int MaxLimit = 1000;

    private const string Order = "s.start_time DESC, t.trace_id DESC, s.span_id DESC";

    /// <summary>The index behind UNIQUE (trace, span_id), under the name that SQLite gives it.</summary>
    private const string ByTrace = "sqlite_autoindex_spans_1";

    private static readonly AccessPath _byTime = new("spans_by_time", "");
    private static readonly AccessPath _byTrace = new(ByTrace, "");

    public static ListPage<SpanRecord> Read(SqliteConnection connection, SpanQuery query, KeysetCursor? after)
    {
        query = WithPinned(query);
        var where = new SqlConditions();
        var paths = Paths(query, where);
        where.Between("s.start_time", query.From, query.To);
        if (query.Filter is { } filter)
        {
            where.Add(FilterSql.OfSpans(filter, where));
        }
        if (after is { } last)
        {
            AddCursor(where, last);
        }
        var limit = Math.Clamp(query.Limit, 1, MaxLimit);
        var next = where.Value(limit + 1);
        var path = query.TraceId is null ? AccessPath.Choose(connection, paths, _byTime, where.Values) : _byTrace;
        if (path.Condition is { } condition)
        {
            where.Add(condition);
        }
        // The page is found first, so that the spans that are only sorted are not read with all they say.
        var sql = $"""
            SELECT {SpanRows.Columns} FROM (
                SELECT s.id FROM spans AS s INDEXED BY {path.Index} CROSS JOIN traces AS t ON t.id = s.trace
                WHERE {where} ORDER BY {Order} LIMIT {next}) AS page
            CROSS JOIN spans AS s ON s.id = page.id CROSS JOIN traces AS t ON t.id = s.trace ORDER BY {Order}
            """;
        var rows = query.Filter is null
            ? connection.Query(sql, SpanRows.Read, where.Values)
            : connection.QueryOnce(sql, SpanRows.Read, where.Values);
        return rows.Count <= limit
            ? new ListPage<SpanRecord>(rows, null)
            : new ListPage<SpanRecord>(rows[..limit], CursorOf(rows[limit - 1]));
    }

    private static string CursorOf(SpanRecord span) =>
        new KeysetCursor(span.StartTime.UtcTicks, $"{span.TraceId}:{span.SpanId}").Format(Name);

    private static void AddCursor(SqlConditions where, KeysetCursor last)
    {
        var cut = last.Id.LastIndexOf(':');
        var (time, trace, span) = (where.Value(last.Ticks), where.Value(last.Id[..Math.Max(cut, 0)]), where.Value(last.Id[(cut + 1)..]));
        where.Add($"s.start_time <= {time}");
        where.Add($"(s.start_time < {time} OR t.trace_id < {trace} OR (t.trace_id = {trace} AND s.span_id < {span}))");
    }

    /// <summary>Adds the filters to the conditions, and says which of them an index can lead with; the likely rarest first.</summary>
    private static List<AccessPath> Paths(SpanQuery query, SqlConditions where)
    {
        var paths = new List<AccessPath>();
        if (query.TraceId is { } trace)
        {
            where.Add($"s.trace = (SELECT id FROM traces WHERE trace_id = {where.Value(trace)})");
        }
        AddKey(paths, where, "s.run_id", query.RunId, query.RunId is { } run ? TraceKeys.OfRun(run) : "");
        AddKey(paths, where, "s.session_id", query.SessionId, query.SessionId is { } session ? TraceKeys.OfSession(session) : "");
        AddColumn(paths, where, "user_id", query.UserId, "spans_by_user");
        AddColumn(paths, where, "workflow_id", query.WorkflowId, "spans_by_workflow");
        AddColumn(paths, where, "team_id", query.TeamId, "spans_by_team");
        AddStatus(paths, where, query.Status);
        AddColumn(paths, where, "name", query.Name, "spans_by_name");
        AddColumn(paths, where, "model", query.Model, "spans_by_model");
        AddType(paths, where, query.Type);
        AddColumn(paths, where, "agent_id", query.AgentId, "spans_by_agent");
        AddDuration(paths, where, query.MinDuration);
        return paths;
    }

    private static void AddColumn(List<AccessPath> paths, SqlConditions where, string column, string? value, string index)
    {
        if (where.Equal($"s.{column}", value) is { } condition)
        {
            paths.Add(new AccessPath(index, $"spans AS s INDEXED BY {index} WHERE {condition}"));
        }
    }

    /// <summary>Runs and sessions have no index of spans: the traces that they are in lead to them.</summary>
    private static void AddKey(List<AccessPath> paths, SqlConditions where, string column, string? value, string key)
    {
        if (where.Equal(column, value) is null)
        {
            return;
        }
        var traces = $"trace_keys WHERE key = {where.Value(key)}";
        paths.Add(new AccessPath(ByTrace, traces, InTimeOrder: false, $"s.trace IN (SELECT trace FROM {traces})"));
    }

    private static void AddStatus(List<AccessPath> paths, SqlConditions where, string? status)
    {
        if (status is null)
        {
            return;
        }
        where.Add(status switch { "ok" => "s.status <> 2", "error" => "s.status = 2", _ => "0" });
        if (status == "error")
        {
            paths.Add(new AccessPath("spans_of_errors", "spans AS s INDEXED BY spans_of_errors WHERE s.status = 2"));
        }
    }

    private static void AddType(List<AccessPath> paths, SqlConditions where, string? type)
    {
        if (where.Equal("s.type", type) is not { } condition || type is "LLM" or "TOOL" or "AGENT")
        {
            return;
        }
        where.Add("s.type NOT IN ('LLM', 'TOOL', 'AGENT')"); // as the index says it
        paths.Add(new AccessPath("spans_by_type", $"spans AS s INDEXED BY spans_by_type WHERE {condition} AND s.type NOT IN ('LLM', 'TOOL', 'AGENT')"));
    }

    /// <summary>A long span is in a long trace, and of those there are fewer.</summary>
    private static void AddDuration(List<AccessPath> paths, SqlConditions where, TimeSpan? least)
    {
        if (least is not { } duration)
        {
            return;
        }
        var value = where.Value(duration.Ticks);
        var traces = $"traces INDEXED BY traces_by_duration WHERE end_time - start_time >= {value}";
        where.Add($"s.end_time - s.start_time >= {value}");
        paths.Add(new AccessPath(ByTrace, traces, InTimeOrder: false, $"s.trace IN (SELECT id FROM {traces})"));
    }

    /// <summary>What the condition wants anyway becomes a filter, so that it can lead.</summary>
    private static SpanQuery WithPinned(SpanQuery query) => query.Filter is not { } filter ? query : query with
    {
        TraceId = query.TraceId ?? FilterSql.Pinned(filter, "trace_id"),
        RunId = query.RunId ?? FilterSql.Pinned(filter, "run_id"),
        SessionId = query.SessionId ?? FilterSql.Pinned(filter, "session_id"),
        UserId = query.UserId ?? FilterSql.Pinned(filter, "user_id"),
        AgentId = query.AgentId ?? FilterSql.Pinned(filter, "agent_id"),
        TeamId = query.TeamId ?? FilterSql.Pinned(filter, "team_id"),
        WorkflowId = query.WorkflowId ?? FilterSql.Pinned(filter, "workflow_id"),
        Name = query.Name ?? FilterSql.Pinned(filter, "name"),
        Type = query.Type ?? FilterSql.Pinned(filter, "type"),
        Status = query.Status ?? FilterSql.Pinned(filter, "status"),
        Model = query.Model ?? FilterSql.Pinned(filter, "model"),
    };
}
