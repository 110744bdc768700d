// What every trace store promises when it makes room: one suite, inherited by each store's tests.
using AgentFunctions.Agents;
using AgentFunctions.Sessions;
using AgentFunctions.Traces;
using static AgentFunctions.Tests.Storage.SpanSamples;

namespace AgentFunctions.Tests.Storage;

/// <summary>The behaviour of <see cref="ITraceRetention"/>; inherited like <see cref="TraceStoreBehaviour"/>.</summary>
public abstract class TraceRetentionBehaviour : IAsyncLifetime
{
    private TraceStores _stores = null!;

    private ITraceErasure Erasure => (ITraceErasure)_stores.Store;

    public async Task InitializeAsync() => _stores = await OpenAsync();

    public virtual Task DisposeAsync() => CloseAsync();

    /// <summary>Opens the store on the test's own place, empty at first.</summary>
    protected abstract Task<TraceStores> OpenAsync();

    /// <summary>Closes everything that <see cref="OpenAsync"/> opened and keeps the place.</summary>
    protected abstract Task CloseAsync();

    [Fact]
    public async Task Traces_that_ended_before_a_time_are_deleted_oldest_end_first()
    {
        // The first started first and ended last.
        await WriteAsync(
            Root(1).Lasting(TimeSpan.FromMinutes(9)), Root(2).At(Minute(2)), Root(3).At(Minute(1)), Root(4).At(Minute(3)));
        Assert.Equal(1, await DeleteAsync(Minute(4), limit: 1));
        Assert.Equal([4, 2, 1], await ListAsync());
        Assert.Equal(2, await DeleteAsync(Minute(4), limit: 10));
        Assert.Equal([1], await ListAsync());
        Assert.Equal(0, await DeleteAsync(Minute(4), limit: 10));
    }

    [Fact]
    public async Task A_trace_that_ends_at_the_time_stays()
    {
        await WriteAsync(Root(1));
        Assert.Equal(0, await DeleteAsync(Samples.Start.AddMilliseconds(100), 10));
        Assert.Equal(1, await DeleteAsync(Samples.Start.AddMilliseconds(100).AddTicks(1), 10));
    }

    [Fact]
    public async Task A_trace_is_deleted_whole_and_nothing_else_with_it()
    {
        SpanRecord[] kept = [Root(2).At(Minute(5)), ModelCall(2, 2), ToolCall(2, 3)];
        await WriteAsync([Root(1), ModelCall(1, 2, 5).With("text", Samples.LongText(200_000)), ToolCall(1, 3, 9, status: Error), .. kept]);
        var summary = AgentJson.Serialize(await _stores.Queries.GetSummaryAsync(TraceId(2)));
        Assert.Equal(1, await DeleteAsync(Minute(5), 10));

        Assert.Empty(await _stores.Store.GetTraceAsync(TraceId(1), 10));
        Assert.Empty(await _stores.Store.GetSpanIdsAsync(TraceId(1), "r1"));
        Assert.Null(await _stores.Queries.GetSummaryAsync(TraceId(1)));
        Assert.Equal(3, (await _stores.Store.GetTraceAsync(TraceId(2), 10)).Count);
        Assert.Equal(summary, AgentJson.Serialize(await _stores.Queries.GetSummaryAsync(TraceId(2))));
        Assert.Equal(3, (await _stores.Queries.ListSpansAsync(new SpanQuery { SessionId = "s1" })).Items.Count);
        Assert.Equal(3, (await StatisticsAsync()).Sum(g => g.Calls));
        Assert.Equal([2], await ListAsync());
    }

    [Fact]
    public async Task A_trace_that_comes_again_after_it_was_deleted_is_a_new_one()
    {
        await WriteAsync(Root(1), ModelCall(1, 2), ToolCall(1, 3));
        await DeleteAsync(Minute(1), 10);
        await WriteAsync(Root(1));

        Assert.Equal(1, (await _stores.Queries.GetSummaryAsync(TraceId(1)))!.TotalSpans);
        Assert.Single(await _stores.Store.GetTraceAsync(TraceId(1), 10));
        Assert.Equal([1], await ListAsync());
    }

    [Fact]
    public async Task A_late_span_keeps_its_trace()
    {
        await WriteAsync(Root(1), Root(2));
        await WriteAsync(ToolCall(1, 2).At(Minute(10)));
        Assert.Equal(1, await DeleteAsync(Minute(5), 10));
        Assert.Equal([1], await ListAsync());
    }

    [Fact]
    public async Task The_spans_of_a_run_go_with_their_trace()
    {
        await WriteAsync(Root(1), ModelCall(1, 2), Root(2), ToolCall(2, 3));
        Assert.Equal(2, await Erasure.DeleteSpansAsync(TraceId(1), "r1"));
        Assert.Equal(0, await Erasure.DeleteSpansAsync(TraceId(1), "r1"));

        Assert.Null(await _stores.Queries.GetSummaryAsync(TraceId(1)));
        Assert.Empty(await _stores.Store.GetTraceAsync(TraceId(1), 10));
        Assert.Equal([2], await ListAsync());
    }

    [Fact]
    public async Task A_trace_that_a_run_shares_keeps_what_is_of_others()
    {
        var other = ToolCall(1, 5, status: Error) with { RunId = "other", SessionId = "other" };
        await WriteAsync(Root(1), ModelCall(1, 2), other);
        Assert.Equal(2, await Erasure.DeleteSpansAsync(TraceId(1), "r1"));

        Assert.Equal([other.SpanId], (await _stores.Store.GetTraceAsync(TraceId(1), 10)).Select(s => s.SpanId));
        var summary = (await _stores.Queries.GetSummaryAsync(TraceId(1)))!;
        Assert.Equal((1, 1, "other"), (summary.TotalSpans, summary.ErrorCount, summary.RunId));
        Assert.Empty((await _stores.Queries.ListSpansAsync(new SpanQuery { SessionId = "s1" })).Items);
        Assert.Single((await _stores.Queries.ListTracesAsync(new TraceQuery { SessionId = "other" })).Items);
    }

    [Fact]
    public async Task Many_traces_are_deleted_in_steps_of_the_limit()
    {
        await WriteAsync([.. Enumerable.Range(0, 45).SelectMany(n => new[] { Root(n).At(Minute(n)), ToolCall(n, 2).At(Minute(n)) })]);
        Assert.Equal(20, await DeleteAsync(Minute(45), 20));
        Assert.Equal(20, await DeleteAsync(Minute(45), 20));
        Assert.Equal(5, await DeleteAsync(Minute(45), 20));
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task The_size_says_how_many_traces_there_are_and_when_the_oldest_ended()
    {
        Assert.Equal((0, null), await SizeAsync());
        await WriteAsync(Root(1).Lasting(TimeSpan.FromMinutes(9)), Root(2).At(Minute(2)), Root(3).At(Minute(1)), ToolCall(3, 2));
        Assert.Equal((3, Minute(1).AddMilliseconds(100)), await SizeAsync());
        await DeleteAsync(Minute(3), 10);
        Assert.Equal((1, Minute(9)), await SizeAsync());
    }

    [Fact]
    public async Task The_size_in_bytes_grows_with_what_is_written_and_shrinks_when_it_is_deleted()
    {
        var before = (await _stores.Retention.GetSizeAsync()).Bytes;
        await WriteAsync([.. Enumerable.Range(0, 40).Select(n => Root(n).With("text", Samples.LongText(50_000)))]);
        var full = (await _stores.Retention.GetSizeAsync()).Bytes;
        Assert.InRange(full - before, 1_500_000, 20_000_000);
        await DeleteAsync(Minute(1), 100);
        Assert.InRange((await _stores.Retention.GetSizeAsync()).Bytes, 0, full - 1_000_000);
    }

    private Task WriteAsync(params IReadOnlyList<SpanRecord> spans) => _stores.Store.UpsertAsync(spans);

    private Task<int> DeleteAsync(DateTimeOffset endedBefore, int limit) => _stores.Retention.DeleteAsync(endedBefore, limit);

    private async Task<(long, DateTimeOffset?)> SizeAsync() => await _stores.Retention.GetSizeAsync() is var size ? (size.Traces, size.OldestEnd) : default;

    private Task<IReadOnlyList<SpanStatistics>> StatisticsAsync() => _stores.Queries.GetStatisticsAsync(
        new StatisticsQuery { By = [StatisticsKey.Name], From = Samples.Start.AddDays(-1), To = Samples.Start.AddDays(1) });

    private async Task<List<int>> ListAsync() =>
        [.. (await _stores.Queries.ListTracesAsync(new TraceQuery { Limit = 200 })).Items.Select(t => Convert.ToInt32(t.TraceId, 16))];

    private static DateTimeOffset Minute(double minutes) => Samples.Start.AddMinutes(minutes);
}
