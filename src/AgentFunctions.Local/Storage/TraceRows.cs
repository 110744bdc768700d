using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Runs;
using AgentFunctions.Traces;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Local.Storage;

/// <summary>The table <c>traces</c>, row by row.</summary>
internal static class TraceRows
{
    /// <summary>What <see cref="Read"/> reads, of <c>traces AS t</c>.</summary>
    public const string Columns = """
        t.trace_id, t.name, t.status, t.start_time, t.end_time, t.total_spans, t.error_count, t.input_tokens, t.output_tokens,
            t.reasoning_tokens, t.cached_tokens, t.cache_write_tokens, t.cost_usd, t.unpriced_calls, t.run_id, t.session_id, t.user_id,
            t.agent_id, t.team_id, t.workflow_id
        """;

    private const string Save = """
        INSERT OR REPLACE INTO traces (id, trace_id, name, status, start_time, end_time, total_spans, error_count, input_tokens,
            output_tokens, reasoning_tokens, cached_tokens, cache_write_tokens, cost_usd, unpriced_calls, run_id, session_id, user_id,
            agent_id, team_id, workflow_id, lead_span_id, lead_start_time)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """;

    /// <summary>
    /// Writes spans and the rows of their traces. A trace's row is its row before plus the new spans; when a span was there
    /// already, the row is counted anew from all spans, so that nothing is doubled.
    /// </summary>
    public static void Upsert(SqliteConnection connection, IReadOnlyList<SpanRecord> spans)
    {
        var next = connection.QueryFirst("SELECT ifnull(max(id), 0) + 1 FROM traces", row => row.GetInt64(0));
        foreach (var group in spans.GroupBy(span => span.TraceId, StringComparer.Ordinal))
        {
            var totals = Find(connection, group.Key) ?? new TraceTotals(next++, group.Key);
            totals = Add(connection, totals, group);
            Write(connection, totals);
            TraceKeys.Add(connection, totals.Id, group);
        }
    }

    /// <summary>Removes the spans of a run, and the trace when no others are left.</summary>
    public static int DeleteSpans(SqliteConnection connection, string traceId, string runId)
    {
        if (connection.QueryFirst("SELECT id FROM traces WHERE trace_id = @trace", row => (long?)row.GetInt64(0), ("@trace", traceId)) is not { } trace)
        {
            return 0;
        }
        TraceKeys.RemoveOfRun(connection, trace, runId);
        var deleted = connection.Execute("DELETE FROM spans WHERE trace = @trace AND run_id = @run", ("@trace", trace), ("@run", runId));
        if (connection.QueryFirst("SELECT 1 FROM spans WHERE trace = @trace LIMIT 1", _ => true, ("@trace", trace)))
        {
            Write(connection, Recount(connection, trace, traceId));
        }
        else
        {
            connection.Execute("DELETE FROM traces WHERE id = @trace", ("@trace", trace));
        }
        return deleted;
    }

    public static TraceSummary? Summary(SqliteConnection connection, string traceId) =>
        connection.QueryFirst($"SELECT {Columns} FROM traces AS t WHERE trace_id = @trace", Read, ("@trace", traceId));

    public static TraceSummary Read(SqliteDataReader row)
    {
        var (start, end) = (Ticks.ToTime(row.GetInt64(3)), Ticks.ToTime(row.GetInt64(4)));
        return new TraceSummary
        {
            TraceId = row.GetString(0),
            Name = row.GetString(1),
            Status = row.GetString(2),
            StartTime = start,
            EndTime = end,
            DurationMs = (end - start).TotalMilliseconds,
            TotalSpans = row.GetInt32(5),
            ErrorCount = row.GetInt32(6),
            Usage = new RunUsage(row.GetInt64(7), row.GetInt64(8), row.GetInt64(9), row.GetInt64(10)) { CacheWriteTokens = row.GetInt64(11) },
            CostUsd = row.IsDBNull(12) ? null : (decimal)row.GetDouble(12),
            UnpricedCalls = row.GetInt32(13),
            RunId = row.GetText(14),
            SessionId = row.GetText(15),
            UserId = row.GetText(16),
            AgentId = row.GetText(17),
            TeamId = row.GetText(18),
            WorkflowId = row.GetText(19),
        };
    }

    private static TraceTotals Add(SqliteConnection connection, TraceTotals totals, IEnumerable<SpanRecord> spans)
    {
        var replaced = false;
        foreach (var span in spans)
        {
            if (SpanRows.Add(connection, totals.Id, span))
            {
                totals.Add(span);
            }
            else
            {
                replaced = true;
            }
        }
        if (!replaced)
        {
            return totals;
        }
        Write(connection, totals); // what is read below is joined with it
        return Recount(connection, totals.Id, totals.TraceId);
    }

    /// <summary>Counts a trace from all its spans, of which there must be one.</summary>
    private static TraceTotals Recount(SqliteConnection connection, long trace, string traceId)
    {
        var anew = new TraceTotals(trace, traceId);
        foreach (var span in connection.Query(
            $"SELECT {SpanRows.Columns} FROM {SpanRows.Source} WHERE s.trace = @trace", SpanRows.Read, ("@trace", trace)))
        {
            anew.Add(span);
        }
        return anew;
    }

    private static TraceTotals? Find(SqliteConnection connection, string traceId) =>
        connection.QueryFirst(
            $"SELECT {Columns}, t.id, t.lead_span_id, t.lead_start_time FROM traces AS t WHERE trace_id = @trace",
            row => new TraceTotals(row.GetInt64(20), traceId, Read(row), row.GetString(21), Ticks.ToTime(row.GetInt64(22))),
            ("@trace", traceId));

    private static void Write(SqliteConnection connection, TraceTotals totals)
    {
        var trace = totals.Summary;
        connection.Bulk(Save).Add(totals.Id).Add(trace.TraceId).Add(trace.Name).Add(trace.Status)
            .Add(trace.StartTime.UtcTicks).Add(trace.EndTime.UtcTicks).Add(trace.TotalSpans).Add(trace.ErrorCount)
            .Add(trace.Usage.PromptTokens).Add(trace.Usage.CompletionTokens).Add(trace.Usage.ReasoningTokens)
            .Add(trace.Usage.CachedTokens).Add(trace.Usage.CacheWriteTokens).Add((double?)trace.CostUsd).Add(trace.UnpricedCalls)
            .Add(trace.RunId).Add(trace.SessionId).Add(trace.UserId).Add(trace.AgentId).Add(trace.TeamId).Add(trace.WorkflowId)
            .Add(totals.LeadSpanId).Add(totals.LeadStart.UtcTicks)
            .Execute();
    }
}

/// <summary>The table <c>trace_keys</c>: in which traces a run or a session has spans.</summary>
internal static class TraceKeys
{
    public static string OfRun(string runId) => $"run:{runId}";

    public static string OfSession(string sessionId) => $"session:{sessionId}";

    public static void Add(SqliteConnection connection, long trace, IEnumerable<SpanRecord> spans)
    {
        foreach (var key in spans.SelectMany(KeysOf).ToHashSet(StringComparer.Ordinal))
        {
            connection.Bulk("INSERT INTO trace_keys (key, trace) VALUES (?, ?) ON CONFLICT DO NOTHING").Add(key).Add(trace).Execute();
        }
    }

    /// <summary>Takes the keys of a run and of the sessions that only it has in the trace off, before its spans go.</summary>
    public static void RemoveOfRun(SqliteConnection connection, long trace, string runId)
    {
        connection.Execute("DELETE FROM trace_keys WHERE key = @key AND trace = @trace", ("@key", OfRun(runId)), ("@trace", trace));
        connection.Execute(
            """
            DELETE FROM trace_keys WHERE trace = @trace AND key IN (
                SELECT 'session:' || session_id FROM spans WHERE trace = @trace AND run_id = @run
                EXCEPT SELECT 'session:' || session_id FROM spans WHERE trace = @trace AND run_id IS NOT @run)
            """,
            ("@trace", trace), ("@run", runId));
    }

    private static IEnumerable<string> KeysOf(SpanRecord span)
    {
        if (span.RunId is { } run)
        {
            yield return OfRun(run);
        }
        if (span.SessionId is { } session)
        {
            yield return OfSession(session);
        }
    }
}
