// What is particular to traces in tables: crashes between the lists and the spans, lost answers, throttling and the limits of rows.
using System.Diagnostics;
using AgentFunctions.Storage;
using AgentFunctions.Tests.Storage;
using AgentFunctions.Traces;
using Azure.Data.Tables;
using static AgentFunctions.Tests.Storage.SpanSamples;
using static AgentFunctions.Tests.Tables.FaultyTransport;

namespace AgentFunctions.Tests.Tables;

/// <summary>The trace store on tables when something fails, and when traces are large.</summary>
[RequiresAzurite]
[Collection(AzuriteTests.Name)]
public sealed class TableTraceFaultTests(AzuriteFixture azurite) : IDisposable
{
    private readonly string _prefix = AzuriteFixture.NewPrefix();
    private readonly FaultyTransport _transport = new();

    public void Dispose() => _transport.Dispose();

    [Theory]
    [InlineData("Spans")]
    [InlineData("TraceLists")]
    public async Task A_write_that_is_throttled_waits_as_long_as_it_is_asked_to_and_goes_through(string table)
    {
        var store = await OpenAsync(_transport);
        _transport.FailNext(Fault.Busy, "/$batch", _prefix + table);
        _transport.FailNext(Fault.Throttled, "/$batch", _prefix + table);
        var clock = Stopwatch.StartNew();

        await store.UpsertAsync([Root(1), ModelCall(1, 2)]);

        Assert.True(clock.Elapsed >= TimeSpan.FromSeconds(1), $"It waited {clock.Elapsed}.");
        await AssertWholeAsync(store);
    }

    [Theory]
    [InlineData("Spans")]
    [InlineData("TraceLists")]
    public async Task A_write_whose_answer_was_lost_doubles_nothing(string table)
    {
        var store = await OpenAsync(_transport);
        _transport.FailNext(Fault.AnswerLost, "/$batch", _prefix + table);
        await store.UpsertAsync([Root(1), ModelCall(1, 2)]);
        await AssertWholeAsync(store);
    }

    [Fact]
    public async Task A_crash_between_the_lists_and_the_spans_shows_no_trace_and_the_next_write_heals_it()
    {
        var crashing = await OpenAsync(_transport);
        _transport.FailNext(Fault.Crash, "/$batch", _prefix + "Spans");
        await Assert.ThrowsAsync<InvalidOperationException>(() => crashing.UpsertAsync([Root(1), ModelCall(1, 2)]));

        var store = await OpenAsync();
        Assert.Null(await store.GetSummaryAsync(TraceId(1)));
        Assert.Empty((await store.ListTracesAsync(new TraceQuery())).Items);
        Assert.Empty((await store.ListTracesAsync(new TraceQuery { SessionId = "s1" })).Items);
        Assert.Empty((await store.ListSpansAsync(new SpanQuery())).Items);
        Assert.Empty(await store.GetSpanIdsAsync(TraceId(1), "r1"));

        await store.UpsertAsync([Root(1), ModelCall(1, 2)]);
        await AssertWholeAsync(store);
    }

    [Fact]
    public async Task A_crash_before_old_places_are_cleared_leaves_a_trace_where_it_belongs_alone()
    {
        var crashing = await OpenAsync(_transport);
        await crashing.UpsertAsync([ModelCall(1, 2)]);
        _transport.FailNext(Fault.Crash, "DELETE", _prefix + "TraceLists");
        await Assert.ThrowsAsync<InvalidOperationException>(() => crashing.UpsertAsync([Root(1).At(Samples.Start.AddMinutes(-5))]));

        var store = await OpenAsync();
        Assert.Empty((await store.ListTracesAsync(new TraceQuery { Status = "running" })).Items);
        Assert.Empty((await store.ListTracesAsync(new TraceQuery { Name = "chat gpt-4o-mini" })).Items);
        Assert.Single((await store.ListTracesAsync(new TraceQuery { Name = "invoke_agent weather" })).Items);
        Assert.Single((await store.ListTracesAsync(new TraceQuery())).Items);
    }

    [Fact]
    public async Task A_crash_after_a_span_moved_lists_it_where_it_is_now_alone()
    {
        var crashing = await OpenAsync(_transport);
        await crashing.UpsertAsync([ToolCall(1, 1)]);
        _transport.FailNext(Fault.Crash, "DELETE", _prefix + "TraceLists");
        await Assert.ThrowsAsync<InvalidOperationException>(() => crashing.UpsertAsync([ToolCall(1, 1).At(Samples.Start.AddMinutes(5))]));

        var store = await OpenAsync();
        Assert.Single((await store.ListTracesAsync(new TraceQuery())).Items);
        Assert.Single((await store.ListTracesAsync(new TraceQuery { SessionId = "s1" })).Items);
        Assert.Single((await store.ListSpansAsync(new SpanQuery())).Items);
        Assert.Single((await store.ListSpansAsync(new SpanQuery { SessionId = "s1" })).Items);
    }

    [Fact]
    public async Task Two_processes_that_write_one_trace_at_once_lose_nothing_of_it_in_any_list()
    {
        var stores = new[] { await OpenAsync(), await OpenAsync() };
        await Task.WhenAll(Enumerable.Range(0, 40).Select(n => Task.Run(() => stores[n % 2].UpsertAsync([ToolCall(1, n + 1, millisecond: n)]))));

        Assert.Equal(40, (await stores[0].GetSummaryAsync(TraceId(1)))!.TotalSpans);
        Assert.Equal(40, (await stores[0].ListSpansAsync(new SpanQuery { Limit = 100 })).Items.Count);
        Assert.Equal(40, await CallsAsync(stores[0]));
    }

    [Fact]
    public async Task A_trace_of_a_thousand_spans_is_written_read_listed_and_deleted_whole()
    {
        var store = await OpenAsync(_transport);
        var before = _transport.Requests;
        await store.UpsertAsync([Root(1), .. Enumerable.Range(2, 999).Select(n => ToolCall(1, n, millisecond: n * 200))]);
        var requests = _transport.Requests - before;
        await store.UpsertAsync([ToolCall(1, 5, millisecond: 1000, status: Error)]);

        Assert.InRange(requests, 1, 100);
        var summary = (await store.GetSummaryAsync(TraceId(1)))!;
        Assert.Equal((1000, 1), (summary.TotalSpans, summary.ErrorCount));
        Assert.Equal(1000, (await store.GetTraceAsync(TraceId(1), 2000)).Count);
        Assert.Equal(1000, (await store.GetSpanIdsAsync(TraceId(1), "r1")).Count);
        Assert.Equal(1000, await CallsAsync(store));

        Assert.Equal(1, await store.DeleteAsync(DateTimeOffset.MaxValue, 10));
        await AssertNothingLeftAsync();
    }

    [Fact]
    public async Task A_trace_whose_index_takes_several_rows_is_whole()
    {
        var store = await OpenAsync();
        SpanRecord[] spans = [.. Enumerable.Range(1, (2 * SlimSpans.MaxOfRow) + 1).Select(n => ToolCall(1, n, millisecond: n % 500))];
        await store.UpsertAsync(spans);
        await store.UpsertAsync([spans[7] with { Status = Error }]);

        var summary = (await store.GetSummaryAsync(TraceId(1)))!;
        Assert.Equal((spans.Length, 1), (summary.TotalSpans, summary.ErrorCount));
        Assert.Equal(spans.Length, (await store.GetSpanIdsAsync(TraceId(1), "r1")).Count);
        Assert.Equal(spans.Length, await CallsAsync(store));
        Assert.Single((await store.ListSpansAsync(new SpanQuery { SessionId = "s1", Status = "error" })).Items);
    }

    [Fact]
    public async Task A_span_with_200_KB_of_content_is_found_by_it_and_deleted_with_all_that_it_ever_had()
    {
        var store = await OpenAsync();
        await store.UpsertAsync([ModelCall(1, 2).With("gen_ai.input.messages", "first " + Samples.LongText(200_000))]);
        await store.UpsertAsync([ModelCall(1, 2).With("gen_ai.input.messages", "second " + Samples.LongText(200_000))]);

        var found = await store.ListSpansAsync(new SpanQuery { Filter = new Filter.Compare(FilterOperator.StartsWith, "attributes.gen_ai.input.messages", "second") });
        Assert.Equal(200_007, Assert.Single(found.Items).Attributes["gen_ai.input.messages"]!.GetValue<string>().Length);

        Assert.Equal(1, await store.DeleteAsync(DateTimeOffset.MaxValue, 10));
        await AssertNothingLeftAsync();
    }

    [Theory]
    [InlineData("/$batch", "Spans")]
    [InlineData("DELETE", "TraceLists")]
    public async Task A_deletion_that_was_cut_off_is_done_by_the_next(string request, string table)
    {
        var crashing = await OpenAsync(_transport);
        await crashing.UpsertAsync([Root(1), ModelCall(1, 2)]);
        _transport.FailNext(Fault.Crash, request, _prefix + table);
        await Assert.ThrowsAsync<InvalidOperationException>(() => crashing.DeleteAsync(DateTimeOffset.MaxValue, 10));

        Assert.Equal(1, await (await OpenAsync()).DeleteAsync(DateTimeOffset.MaxValue, 10));
        await AssertNothingLeftAsync();
    }

    [Fact]
    public async Task A_deletion_whose_answer_was_lost_is_a_deletion()
    {
        var store = await OpenAsync(_transport);
        await store.UpsertAsync([Root(1), ModelCall(1, 2)]);
        _transport.FailNext(Fault.AnswerLost, "/$batch", "DELETE", "span%3A");
        _transport.FailNext(Fault.AnswerLost, "/$batch", "DELETE", "'index'");

        Assert.Equal(1, await store.DeleteAsync(DateTimeOffset.MaxValue, 10));
        await AssertNothingLeftAsync();
    }

    [Fact]
    public async Task Spans_that_come_while_their_trace_is_deleted_go_with_it()
    {
        var store = await OpenAsync(_transport);
        await store.UpsertAsync([Root(1), ModelCall(1, 2)]);
        var other = await OpenAsync();
        _transport.Before(() => other.UpsertAsync([ToolCall(1, 3).At(Samples.Start.AddHours(1))]), "/$batch", "DELETE", "'index'");

        Assert.Equal(1, await store.DeleteAsync(Samples.Start.AddMinutes(1), 10));
        await AssertNothingLeftAsync();
    }

    [Fact]
    public async Task A_place_that_no_trace_came_to_is_cleared_once_no_writer_can_be_under_way()
    {
        var crashing = await OpenAsync(_transport);
        _transport.FailNext(Fault.Crash, "/$batch", _prefix + "Spans");
        await Assert.ThrowsAsync<InvalidOperationException>(() => crashing.UpsertAsync([Root(1)]));

        Assert.Equal(0, await (await OpenAsync()).DeleteAsync(DateTimeOffset.MaxValue, 10));
        Assert.Equal(1, (await (await OpenAsync()).GetSizeAsync()).Traces);

        var later = await OpenAsync(time: new LaterTime(TimeSpan.FromHours(2)));
        Assert.Equal(0, await later.DeleteAsync(DateTimeOffset.MaxValue, 10));
        Assert.Equal(0, (await later.GetSizeAsync()).Traces);
    }

    private static async Task AssertWholeAsync(TableTraceStore store)
    {
        Assert.Equal(2, (await store.GetTraceAsync(TraceId(1), 10)).Count);
        Assert.Equal(2, (await store.GetSummaryAsync(TraceId(1)))!.TotalSpans);
        Assert.Single((await store.ListTracesAsync(new TraceQuery { RunId = "r1" })).Items);
        Assert.Equal(2, (await store.ListSpansAsync(new SpanQuery())).Items.Count);
        Assert.Equal(2, await CallsAsync(store));
    }

    private static async Task<long> CallsAsync(TableTraceStore store) =>
        (await store.GetStatisticsAsync(new StatisticsQuery { By = [StatisticsKey.Name], From = DateTimeOffset.MinValue, To = DateTimeOffset.MaxValue })).Sum(g => g.Calls);

    private async Task AssertNothingLeftAsync()
    {
        foreach (var table in new[] { "Spans", "TraceLists" })
        {
            Assert.Empty(await azurite.Connect().GetTableClient(_prefix + table).QueryAsync<TableEntity>().Select(row => $"{row.PartitionKey} {row.RowKey}").ToListAsync());
        }
    }

    private Task<TableTraceStore> OpenAsync(FaultyTransport? transport = null, TimeProvider? time = null) =>
        TableStores.OpenTracesAsync(azurite, _prefix, transport?.Options, time);

    private sealed class LaterTime(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
