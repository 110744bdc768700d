// The SQL that others write for traces runs as written.
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Local.Sql;
using AgentFunctions.Local.Storage;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Storage;
using AgentFunctions.Traces;
using Microsoft.Data.Sqlite;
using static AgentFunctions.Tests.Storage.SpanSamples;

namespace AgentFunctions.Tests.Sql;

public sealed class SqlConsoleTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTime _time = new();
    private SqliteDatabase _traces = null!;
    private SqliteDatabase _state = null!;

    private DateTimeOffset Now => _time.GetUtcNow();

    public async Task InitializeAsync()
    {
        _traces = SqliteDatabase.Open(_folder.File("traces.db"));
        TraceSchema.Apply(_traces);
        _state = SqliteDatabase.Open(_folder.File("state.db"));
        StateSchema.Apply(_state);
        await new SqliteTraceStore(_traces).UpsertAsync(
        [
            Run(1, "run-1", "user-123", hoursAgo: 2), Run(2, "run-2", "user-123", hoursAgo: 1), Run(3, "run-3", "somebody else", hoursAgo: 1),
            Run(4, "team-run", "user-123", hoursAgo: 30) with { TeamId = "t1" }, Run(5, "workflow-run", "user-123", hoursAgo: 30) with { WorkflowId = "w1" },
            ToolCall(1, 2, tool: "slow").Lasting(TimeSpan.FromSeconds(4)).At(Now.AddMinutes(-30)),
            ToolCall(1, 3, tool: "slow", status: Error).Lasting(TimeSpan.FromSeconds(2)).At(Now.AddMinutes(-40)),
            ToolCall(1, 4, tool: "quick").Lasting(TimeSpan.FromSeconds(0.5)).At(Now.AddMinutes(-10)),
            ToolCall(1, 5, tool: "old").Lasting(TimeSpan.FromSeconds(9)).At(Now.AddHours(-2)),
            ModelCall(1, 6).At(Now.AddMinutes(-5)),
        ]);
        foreach (var (id, status) in new[] { ("a1", "pending"), ("a2", "pending"), ("a3", "approved") })
        {
            await _state.WriteAsync(connection => connection.Execute(
                "INSERT INTO approvals (id, run_id, status, tool_name, created_at, updated_at) VALUES (@id, 'run-1', @status, 'send_mail', @at, @at)",
                ("@id", id), ("@status", status), ("@at", Now.UtcTicks)));
        }
    }

    public async Task DisposeAsync()
    {
        await _traces.DisposeAsync();
        await _state.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public void The_slowest_tools_of_the_last_hour()
    {
        var rows = Query("""
            -- Top-10 slowest tools last hour
            SELECT
                span_name,
                AVG(end_time - start_time) AS avg_duration,
                COUNT(*) AS calls
            FROM agno_spans
            WHERE span_name LIKE 'tool.%'
              AND start_time > NOW() - INTERVAL '1 hour'
            GROUP BY span_name
            ORDER BY avg_duration DESC
            LIMIT 10;
            """);
        Assert.Equal(["tool.slow", "tool.quick"], rows.Select(row => row[0]));
        Assert.Equal([3.0, 0.5], rows.Select(row => Math.Round((double)row[1]!, 4)));
        Assert.Equal([2L, 1L], rows.Select(row => row[2]));
    }

    [Fact]
    public void The_slowest_spans_by_name()
    {
        var rows = Query("""
            -- Top 10 slowest span types by average duration
            SELECT
                name,
                AVG(duration_ms) AS avg_ms,
                COUNT(*) AS calls
            FROM agno_spans
            GROUP BY name
            ORDER BY avg_ms DESC
            LIMIT 10;
            """);
        Assert.Equal(("execute_tool old", 9000.0, 1L), ((string)rows[0][0]!, (double)rows[0][1]!, (long)rows[0][2]!));
        Assert.Equal(("invoke_agent weather", 100.0, 5L), ((string)rows[^2][0]!, (double)rows[^2][1]!, (long)rows[^2][2]!));
    }

    [Theory]
    [InlineData("agno_sessions", "run-2,run-1")]
    [InlineData("agno_team_sessions", "team-run")]
    [InlineData("agno_workflow_sessions", "workflow-run")]
    public void The_last_runs_of_a_user(string view, string runs)
    {
        var rows = Query($"""
            SELECT id, agent_id, model, status, created_at, total_tokens
            FROM {view}
            WHERE user_id = 'user-123'
            ORDER BY created_at DESC
            LIMIT 100;
            """);
        Assert.Subset(rows.Select(row => (string)row[0]!).ToHashSet(), runs.Split(',').ToHashSet());
        Assert.All(rows, row => Assert.Equal(("weather", "gpt-4o-mini", "completed", 42L), ((string)row[1]!, (string)row[2]!, (string)row[3]!, (long)row[5]!)));
        Assert.Equal(rows.Select(row => (double)row[4]!).OrderDescending(), rows.Select(row => (double)row[4]!));
    }

    [Fact]
    public void Tokens_by_model()
    {
        var row = Assert.Single(Query("SELECT model, SUM(total_tokens) FROM agno_sessions GROUP BY model"));
        Assert.Equal(["gpt-4o-mini", 5 * 42L], row);
    }

    [Fact]
    public void The_share_of_tool_calls_that_failed()
    {
        Assert.Equal([1L], Assert.Single(Query("SELECT COUNT(*) FROM agno_spans WHERE status='error' AND span_name LIKE 'tool.%'")));
        Assert.Equal([0.25], Assert.Single(Query("SELECT AVG(status='error') FROM agno_spans WHERE span_name LIKE 'tool.%'")));
        Assert.Equal([1L], Assert.Single(Query("SELECT COUNT(*) FROM agno_spans WHERE status_code = 'ERROR'")));
    }

    [Fact]
    public void The_runs_of_each_user_by_day()
    {
        var rows = Query("SELECT user_id, created_at::date, COUNT(*) FROM agno_sessions GROUP BY user_id, created_at::date ORDER BY 1, 2");
        var (day, before) = (Now.AddHours(-1).ToString("yyyy-MM-dd"), Now.AddHours(-30).ToString("yyyy-MM-dd"));
        Assert.Contains(rows, row => row is ["user-123", string date, 2L] && date == before);
        Assert.Contains(rows, row => row is ["somebody else", string date, 1L] && date == day);
    }

    [Fact]
    public void How_long_runs_take()
    {
        var rows = Query("SELECT run_id, end_time - start_time AS latency FROM agno_spans WHERE span_name LIKE 'agent.%' AND run_id = 'run-1'");
        Assert.Equal(0.1, Math.Round((double)Assert.Single(rows)[1]!, 4));
    }

    [Fact]
    public void How_many_approvals_wait() =>
        Assert.Equal([2L], Assert.Single(Query("SELECT COUNT(*) FROM agno_approvals WHERE status='pending'")));

    [Fact]
    public void Traces_with_their_counts()
    {
        var row = Assert.Single(Query("SELECT name, status, total_spans, error_count FROM agno_traces WHERE run_id = 'run-1'"));
        Assert.Equal(["invoke_agent weather", "ok", 6L, 1L], row);
    }

    [Fact]
    public void The_views_are_there_for_every_sqlite_tool()
    {
        using var connection = new SqliteConnection($"Data Source={_folder.File("traces.db")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        Assert.Equal(4, connection.Query("SELECT span_name FROM agno_spans WHERE span_name LIKE 'tool.%'", row => row.GetString(0)).Count);
    }

    [Theory]
    [InlineData("DELETE FROM spans")]
    [InlineData("UPDATE state.runs SET status = 'completed'")]
    [InlineData("CREATE TABLE mine (x)")]
    [InlineData("DROP VIEW agno_spans")]
    [InlineData("PRAGMA query_only = 0; INSERT INTO trace_keys VALUES ('x', 1)")]
    [InlineData("VACUUM INTO 'copy.db'")]
    [InlineData("ATTACH 'other.db' AS other")]
    public void Nothing_can_be_written(string sql)
    {
        Assert.Throws<SqliteException>(() => Query(sql));
        Assert.Equal([10L], Assert.Single(Query("SELECT COUNT(*) FROM spans")));
    }

    [Fact]
    public void Rows_beyond_the_cap_are_left_out_and_told()
    {
        using var console = SqlConsole.Open(_folder.Path, _time);
        using var cut = console.Query("SELECT span_id FROM agno_spans", maxRows: 3);
        Assert.Equal((3, true), (cut.Rows().Count(), cut.Truncated));
        using var whole = console.Query("SELECT span_id FROM agno_spans", maxRows: 10);
        Assert.Equal((10, false), (whole.Rows().Count(), whole.Truncated));
        Assert.Equal(["span_id"], whole.Columns);
    }

    [Fact]
    public async Task A_query_that_takes_too_long_is_stopped()
    {
        using var console = SqlConsole.Open(_folder.Path);
        const string Endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
        var stopped = await Assert.ThrowsAsync<TimeoutException>(() => Task.Run(() => console.Query(Endless, timeout: TimeSpan.FromMilliseconds(50)).Rows().Count())
            .WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains("LIMIT", stopped.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SELECT 'INTERVAL ''1 hour'' x::date' AS text", "INTERVAL '1 hour' x::date")]
    [InlineData("SELECT INTERVAL '1 day 2 hours' /* INTERVAL 'no' */ + interval '30 minutes' -- INTERVAL '?'", 95_400.0)]
    [InlineData("SELECT 0::date", null)]
    [InlineData("SELECT round(2.4)::INTEGER", 2L)]
    public void Only_the_forms_of_the_other_dialect_are_translated(string sql, object? expected)
    {
        if (expected is null)
        {
            Assert.Throws<SqliteException>(() => Query(sql));
            return;
        }
        Assert.Equal([expected], Assert.Single(Query(sql)));
    }

    [Fact]
    public void An_interval_that_is_not_understood_is_refused_with_an_example()
    {
        var refusal = Assert.Throws<FormatException>(() => Query("SELECT INTERVAL '3 fortnights'"));
        Assert.Contains("'1 hour'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_traces_is_refused_with_what_to_do()
    {
        using var empty = new TemporaryFolder();
        Assert.Contains("--data", Assert.Throws<InvalidOperationException>(() => SqlConsole.Open(empty.Path)).Message, StringComparison.Ordinal);
    }

    private SpanRecord Run(int trace, string run, string user, int hoursAgo) =>
        Root(trace, run: run).With("gen_ai.usage.input_tokens", 30L).With("gen_ai.usage.output_tokens", 12L).At(Now.AddHours(-hoursAgo)) with { UserId = user };

    private List<IReadOnlyList<object?>> Query(string sql)
    {
        using var console = SqlConsole.Open(_folder.Path, _time);
        using var result = console.Query(sql);
        return [.. result.Rows()];
    }
}
