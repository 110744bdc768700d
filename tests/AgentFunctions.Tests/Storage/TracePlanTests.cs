// No list reads a table from end to end: SQLite's plans of the statements that the lists really run.
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Local.Storage;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Traces;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace AgentFunctions.Tests.Storage;

public sealed class TracePlanTests : IAsyncLifetime
{
    // Whole lists are sorted only where few rows are led to: those of a run, of some traces, or of ids already chosen. "LAST TERM"
    // and "RIGHT PART" sort ties only.
    private static readonly string[] _few = ["traces_by_run", "sqlite_autoindex_spans_1", "traces_by_duration", "USING INTEGER PRIMARY KEY"];

    private readonly TemporaryFolder _folder = new();
    private SqliteDatabase _database = null!;

    public async Task InitializeAsync()
    {
        _database = SqliteDatabase.Open(_folder.File("traces.db"));
        TraceSchema.Apply(_database);
        await new SqliteTraceStore(_database).UpsertAsync([SpanSamples.Root(1), SpanSamples.ModelCall(1, 2), SpanSamples.ToolCall(2, 3)]);
    }

    public async Task DisposeAsync()
    {
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(TraceQueriesBehaviour.TraceFilters), MemberType = typeof(TraceQueriesBehaviour), DisableDiscoveryEnumeration = true)]
    public async Task A_trace_list_searches_an_index(string what, TraceQuery query) =>
        AssertSearches(what, await PlansAsync(connection => TracePages.Read(connection, query, new KeysetCursor(Samples.Start.AddDays(1).UtcTicks, "f"))));

    [Theory]
    [MemberData(nameof(TraceQueriesBehaviour.SpanFilters), MemberType = typeof(TraceQueriesBehaviour), DisableDiscoveryEnumeration = true)]
    public async Task A_span_list_searches_an_index(string what, SpanQuery query) =>
        AssertSearches(what, await PlansAsync(connection => SpanPages.Read(connection, query, new KeysetCursor(Samples.Start.AddDays(1).UtcTicks, "f:f"))));

    [Fact]
    public async Task An_unfiltered_list_is_read_in_the_order_of_its_index()
    {
        AssertSearches("traces", await PlansAsync(connection => TracePages.Read(connection, new TraceQuery { From = Samples.Start }, null)));
        AssertSearches("spans", await PlansAsync(connection => SpanPages.Read(connection, new SpanQuery { From = Samples.Start }, null)));
    }

    [Fact]
    public async Task Statistics_read_one_index_alone()
    {
        var query = new StatisticsQuery { By = [StatisticsKey.Name, StatisticsKey.User], From = Samples.Start, To = Samples.Start.AddDays(1), RunsOnly = true };
        var plan = Assert.Single(await PlansAsync(connection => StatisticsReader.Read(connection, query)));
        Assert.Contains("SEARCH spans USING COVERING INDEX spans_by_time", plan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tree_and_the_oldest_traces_are_found_by_index()
    {
        AssertSearches("tree", await PlansAsync(connection => SpanRows.OfTrace(connection, SpanSamples.TraceId(1), 10)));
        var old = await PlansAsync(connection => connection.Query(
            "SELECT id FROM traces WHERE end_time < @before ORDER BY end_time, id LIMIT 9", row => row.GetInt64(0), ("@before", 1L)));
        Assert.Contains("traces_by_end", Assert.Single(old), StringComparison.Ordinal);
    }

    private static void AssertSearches(string what, IReadOnlyList<string> plans)
    {
        Assert.NotEmpty(plans);
        foreach (var plan in plans)
        {
            Assert.True(!plan.Contains("SCAN s", StringComparison.Ordinal) && !plan.Contains("SCAN t", StringComparison.Ordinal), $"{what}: {plan}");
            var sorts = plan.Contains("USE TEMP B-TREE FOR ORDER BY", StringComparison.Ordinal);
            Assert.True(!sorts || _few.Any(few => plan.Contains(few, StringComparison.Ordinal)), $"{what}: {plan}");
        }
    }

    /// <summary>The plans of all statements that the work runs.</summary>
    private Task<List<string>> PlansAsync(Action<SqliteConnection> work) => _database.ReadAsync(connection =>
    {
        var statements = new List<string>();
        raw.sqlite3_trace(connection.Handle, (_, sql) => statements.Add(sql), null);
        work(connection);
        raw.sqlite3_trace(connection.Handle, (strdelegate_trace?)null, null);
        return statements.ConvertAll(sql => string.Join("; ", connection.QueryOnce($"EXPLAIN QUERY PLAN {sql}", row => row.GetString(3))));
    });
}
