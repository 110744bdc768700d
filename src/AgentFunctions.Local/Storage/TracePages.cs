using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Runs;
using AgentFunctions.Traces;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Local.Storage;

/// <summary>Pages of traces, latest start first.</summary>
internal static class TracePages
{
    /// <summary>The name in its cursors.</summary>
    public const string Name = "traces";

    private const int MaxLimit = 200;
    private const string Duration = "t.end_time - t.start_time";

    private static readonly AccessPath _byTime = new("traces_by_time", "");

    public static ListPage<TraceSummary> Read(SqliteConnection connection, TraceQuery query, KeysetCursor? after)
    {
        query = WithPinned(query);
        var where = new SqlConditions();
        var paths = Paths(query, where);
        where.Between("t.start_time", query.From, query.To);
        if (query.Filter is { } filter)
        {
            where.Add(FilterSql.OfTraces(filter, where));
        }
        if (after is { } last)
        {
            var (time, id) = (where.Value(last.Ticks), where.Value(last.Id));
            where.Add($"t.start_time <= {time}").Add($"(t.start_time < {time} OR t.trace_id < {id})");
        }
        var limit = Math.Clamp(query.Limit, 1, MaxLimit);
        var next = where.Value(limit + 1);
        var path = AccessPath.Choose(connection, paths, _byTime, where.Values);
        var sql = $"""
            SELECT {TraceRows.Columns} FROM traces AS t INDEXED BY {path.Index}
            WHERE {where} ORDER BY t.start_time DESC, t.trace_id DESC LIMIT {next}
            """;
        var rows = query.Filter is null
            ? connection.Query(sql, TraceRows.Read, where.Values)
            : connection.QueryOnce(sql, TraceRows.Read, where.Values);
        return rows.Count <= limit
            ? new ListPage<TraceSummary>(rows, null)
            : new ListPage<TraceSummary>(rows[..limit], new KeysetCursor(rows[limit - 1].StartTime.UtcTicks, rows[limit - 1].TraceId).Format(Name));
    }

    /// <summary>Adds the filters to the conditions, and says which of them an index can lead with; the likely rarest first.</summary>
    private static List<AccessPath> Paths(TraceQuery query, SqlConditions where)
    {
        var paths = new List<AccessPath>();
        void Column(string column, string? value, string index)
        {
            if (where.Equal($"t.{column}", value) is { } condition)
            {
                paths.Add(new AccessPath(index, $"traces AS t INDEXED BY {index} WHERE {condition}"));
            }
        }

        Column("run_id", query.RunId, "traces_by_run");
        Column("session_id", query.SessionId, "traces_by_session");
        Column("user_id", query.UserId, "traces_by_user");
        Column("workflow_id", query.WorkflowId, "traces_by_workflow");
        Column("team_id", query.TeamId, "traces_by_team");
        if (StatusCondition(query.Status) is { } status)
        {
            where.Add(status);
            if (query.Status is "error" or "running")
            {
                paths.Add(new AccessPath("traces_by_status", $"traces AS t INDEXED BY traces_by_status WHERE {status}"));
            }
        }
        Column("name", query.Name, "traces_by_name");
        Column("agent_id", query.AgentId, "traces_by_agent");
        if (query.MinDuration is { } least)
        {
            var condition = $"{Duration} >= {where.Value(least.Ticks)}";
            where.Add(condition);
            paths.Add(new AccessPath("traces_by_duration", $"traces AS t INDEXED BY traces_by_duration WHERE {condition}", InTimeOrder: false));
        }
        return paths;
    }

    // Words, not values: the index leaves out the many that are ok, which SQLite must see.
    private static string? StatusCondition(string? status) => status switch
    {
        null => null,
        "ok" => "t.status = 'ok'",
        "error" => "t.status = 'error' AND t.status <> 'ok'",
        "running" => "t.status = 'running' AND t.status <> 'ok'",
        _ => "0",
    };

    /// <summary>What the condition wants anyway becomes a filter, so that it can lead.</summary>
    private static TraceQuery WithPinned(TraceQuery query) => query.Filter is not { } filter ? query : query with
    {
        RunId = query.RunId ?? FilterSql.Pinned(filter, "run_id"),
        SessionId = query.SessionId ?? FilterSql.Pinned(filter, "session_id"),
        UserId = query.UserId ?? FilterSql.Pinned(filter, "user_id"),
        AgentId = query.AgentId ?? FilterSql.Pinned(filter, "agent_id"),
        TeamId = query.TeamId ?? FilterSql.Pinned(filter, "team_id"),
        WorkflowId = query.WorkflowId ?? FilterSql.Pinned(filter, "workflow_id"),
        Name = query.Name ?? FilterSql.Pinned(filter, "name"),
        Status = query.Status ?? FilterSql.Pinned(filter, "status"),
    };
}
