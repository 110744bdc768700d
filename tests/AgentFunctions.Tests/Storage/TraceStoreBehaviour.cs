// What every trace store promises, whatever it is made of: one suite, inherited by each store's tests.
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Traces;

namespace AgentFunctions.Tests.Storage;

/// <summary>The behaviour of <see cref="ITraceStore"/>; inherited like <see cref="RunStoreBehaviour"/>.</summary>
public abstract class TraceStoreBehaviour : IAsyncLifetime
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";
    private const string OtherTrace = "4bf92f3577b34da6a3ce929d0e0e4736";

    protected ITraceStore Traces { get; private set; } = null!;

    public async Task InitializeAsync() => Traces = await OpenAsync();

    public virtual Task DisposeAsync() => CloseAsync();

    /// <summary>Opens the store on the test's own place, empty at first.</summary>
    protected abstract Task<ITraceStore> OpenAsync();

    /// <summary>Closes everything that <see cref="OpenAsync"/> opened and keeps the place.</summary>
    protected abstract Task CloseAsync();

    [Fact]
    public async Task A_span_is_read_back_as_it_was_written_also_after_a_restart()
    {
        var span = FullSpan();
        var bare = Samples.Span(Trace, Id(2), millisecond: 1);
        await Traces.UpsertAsync([span, bare]);
        await ReopenAsync();
        Assert.Equal([AgentJson.Serialize(span), AgentJson.Serialize(bare)], (await Traces.GetTraceAsync(Trace, 10)).Select(AgentJson.Serialize));
    }

    [Fact]
    public async Task Writing_a_span_again_replaces_it_and_doubles_nothing()
    {
        await Traces.UpsertAsync([FullSpan()]);
        var changed = Samples.Span(Trace, FullSpan().SpanId, name: "changed", millisecond: 500);
        await Traces.UpsertAsync([changed, changed]);

        Assert.Equal(AgentJson.Serialize(changed), AgentJson.Serialize(Assert.Single(await Traces.GetTraceAsync(Trace, 10))));
        Assert.Empty(await Traces.GetSpanIdsAsync(Trace, "r1"));
    }

    [Fact]
    public async Task The_last_of_two_versions_in_one_write_stands()
    {
        await Traces.UpsertAsync([Samples.Span(Trace, Id(1), "first"), Samples.Span(Trace, Id(1), "last", millisecond: 9)]);
        Assert.Equal("last", Assert.Single(await Traces.GetTraceAsync(Trace, 10)).Name);
    }

    [Fact]
    public async Task The_same_span_id_in_two_traces_is_two_spans()
    {
        await Traces.UpsertAsync([Samples.Span(Trace, Id(1), "here"), Samples.Span(OtherTrace, Id(1), "there")]);
        Assert.Equal("here", Assert.Single(await Traces.GetTraceAsync(Trace, 10)).Name);
        Assert.Equal("there", Assert.Single(await Traces.GetTraceAsync(OtherTrace, 10)).Name);
    }

    [Fact]
    public async Task A_trace_comes_by_start_time_to_the_tick_and_at_most_to_the_limit()
    {
        var spans = Enumerable.Range(0, 6).Select(n => Samples.Span(Trace, Id(9 - n)) with { StartTime = Samples.Start.AddTicks(n) }).ToList();
        await Traces.UpsertAsync([spans[4], spans[1], spans[5]]);
        await Traces.UpsertAsync([spans[0], spans[3], spans[2]]);

        Assert.Equal(spans.Select(s => s.SpanId), (await Traces.GetTraceAsync(Trace, 10)).Select(s => s.SpanId));
        Assert.Equal(spans.Take(4).Select(s => s.SpanId), (await Traces.GetTraceAsync(Trace, 4)).Select(s => s.SpanId));
    }

    [Fact]
    public async Task An_unknown_trace_is_empty()
    {
        await Traces.UpsertAsync([]);
        Assert.Empty(await Traces.GetTraceAsync(Trace, 10));
        Assert.Empty(await Traces.GetSpanIdsAsync(Trace, "r1"));
    }

    [Fact]
    public async Task The_span_ids_of_a_run_are_those_of_that_run_in_that_trace()
    {
        await Traces.UpsertAsync(
        [
            Samples.Span(Trace, Id(1)) with { RunId = "r1" },
            Samples.Span(Trace, Id(2)) with { RunId = "r1" },
            Samples.Span(Trace, Id(3)) with { RunId = "r2" },
            Samples.Span(Trace, Id(4)),
            Samples.Span(OtherTrace, Id(5)) with { RunId = "r1" },
        ]);
        Assert.Equal([Id(1), Id(2)], (await Traces.GetSpanIdsAsync(Trace, "r1")).Order());
    }

    [Fact]
    public async Task Fifty_writers_at_once_lose_and_double_nothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(n => Task.Run(() =>
            Traces.UpsertAsync([Samples.Span(Trace, Id(n / 2), millisecond: n / 2), Samples.Span(Trace, Id(100), millisecond: 100)]))));
        Assert.Equal([.. Enumerable.Range(0, 25).Select(Id), Id(100)], (await Traces.GetTraceAsync(Trace, 100)).Select(s => s.SpanId));
    }

    [Fact]
    public async Task A_batch_of_512_spans_is_written()
    {
        await Traces.UpsertAsync(Enumerable.Range(0, 512).Select(n => Samples.Span(Trace, Id(n), millisecond: n) with { RunId = "r1" }).ToList());
        Assert.Equal(512, (await Traces.GetTraceAsync(Trace, 1000)).Count);
        Assert.Equal(512, (await Traces.GetSpanIdsAsync(Trace, "r1")).Count);
    }

    [Fact]
    public async Task A_span_with_five_megabytes_of_content_is_kept_whole()
    {
        var text = Samples.LongText(5 * 1024 * 1024);
        await Traces.UpsertAsync([Samples.Span(Trace, Id(1)) with { Attributes = new JsonObject { ["gen_ai.input.messages"] = text } }]);
        await ReopenAsync();
        var span = Assert.Single(await Traces.GetTraceAsync(Trace, 10));
        Assert.True(span.Attributes["gen_ai.input.messages"]!.GetValue<string>() == text);
    }

    private async Task ReopenAsync()
    {
        await CloseAsync();
        Traces = await OpenAsync();
    }

    private static string Id(int n) => n.ToString("x16");

    private static SpanRecord FullSpan() => new()
    {
        TraceId = Trace,
        SpanId = "b7ad6b7169203331",
        ParentSpanId = "00f067aa0ba902b7",
        Name = Samples.Unicode,
        Kind = 1,
        Type = "TOOL",
        StartTime = Samples.Start.AddTicks(1),
        EndTime = Samples.Start.AddTicks(10_000_003),
        Status = 2,
        StatusMessage = "it broke",
        Attributes = new JsonObject { ["text"] = Samples.Unicode, ["number"] = 1.5, ["list"] = new JsonArray("a", "b") },
        Events = [new JsonObject { ["name"] = "exception", ["attributes"] = new JsonObject { ["exception.message"] = "no" } }],
        Links = [new JsonObject { ["trace_id"] = OtherTrace, ["span_id"] = "b7ad6b7169203331" }],
        Scope = "AgentFunctions",
        RunId = "r1",
        SessionId = "s1",
        UserId = "u1",
        AgentId = "weather",
    };
}
