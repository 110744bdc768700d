using AgentFunctions.Agents;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Local.Storage;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Traces;

namespace AgentFunctions.Tests.Storage;

/// <summary>Files that the first version wrote (Storage/Files) open with all that is in them.</summary>
public sealed class OldFileTests : IDisposable
{
    private static readonly string[] _traces = [SpanSamples.TraceId(1), SpanSamples.TraceId(2), SpanSamples.TraceId(3)];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_old_trace_file_has_the_same_traces_as_if_they_were_written_now()
    {
        await using var old = Open("traces-v1.db", TraceSchema.Apply);
        await using var anew = SqliteDatabase.Open(_folder.File("new.db"));
        TraceSchema.Apply(anew);
        var (before, after) = (new SqliteTraceStore(old), new SqliteTraceStore(anew));
        foreach (var trace in _traces)
        {
            await after.UpsertAsync(await before.GetTraceAsync(trace, 100));
        }

        Assert.Equal(await ContentAsync(after), await ContentAsync(before));
        Assert.Equal([1, 1, 4], (await before.ListTracesAsync(new TraceQuery())).Items.Select(trace => trace.TotalSpans));
    }

    [Fact]
    public async Task An_old_trace_file_is_listed_by_every_filter_and_takes_new_spans()
    {
        await using var old = Open("traces-v1.db", TraceSchema.Apply);
        var store = new SqliteTraceStore(old);
        Assert.Single((await store.ListTracesAsync(new TraceQuery { Status = "running" })).Items);
        Assert.Single((await store.ListTracesAsync(new TraceQuery { Status = "error", RunId = "r3" })).Items);
        Assert.Equal(4, (await store.ListSpansAsync(new SpanQuery { SessionId = "s1", UserId = "u1" })).Items.Count);
        Assert.Equal(3, (await store.ListSpansAsync(new SpanQuery { Model = "gpt-4o-mini", Type = "LLM" })).Items.Count);

        await store.UpsertAsync([SpanSamples.Root(2, run: "r2"), .. await store.GetTraceAsync(_traces[0], 100)]);
        Assert.Equal(("ok", 2), (await store.GetSummaryAsync(_traces[1]))! is var second ? (second.Status, second.TotalSpans) : default);
        Assert.Equal(4, (await store.GetSummaryAsync(_traces[0]))!.TotalSpans);
    }

    [Fact]
    public async Task An_old_state_file_knows_which_traces_are_not_whole()
    {
        await using var old = Open("state-v1.db", StateSchema.Apply);
        var runs = new SqliteRunStore(old);
        Assert.Equal("untraced", Assert.Single(await runs.ListUntracedAsync(10)).RunId);
        await runs.MarkTracedAsync("untraced");
        Assert.Empty(await runs.ListUntracedAsync(10));
        Assert.Equal(3, (await runs.ListAsync(new())).Items.Count);
    }

    private static async Task<string> ContentAsync(SqliteTraceStore store)
    {
        var traces = await store.ListTracesAsync(new TraceQuery());
        var spans = await store.ListSpansAsync(new SpanQuery());
        var statistics = await store.GetStatisticsAsync(
            new StatisticsQuery { By = [StatisticsKey.Name, StatisticsKey.Model], From = Samples.Start.AddDays(-1), To = Samples.Start.AddDays(1) });
        return AgentJson.Serialize(traces) + AgentJson.Serialize(spans) + AgentJson.Serialize(statistics);
    }

    private SqliteDatabase Open(string file, Action<SqliteDatabase> migrate)
    {
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Storage", "Files", file), _folder.File(file));
        var database = SqliteDatabase.Open(_folder.File(file));
        migrate(database);
        return database;
    }
}
