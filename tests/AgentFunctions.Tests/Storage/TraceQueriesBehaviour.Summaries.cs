using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Traces;
using static AgentFunctions.Tests.Storage.SpanSamples;

namespace AgentFunctions.Tests.Storage;

/// <summary>The summary of one trace.</summary>
public abstract partial class TraceQueriesBehaviour
{
    [Fact]
    public async Task A_summary_sums_up_the_spans_of_its_trace()
    {
        await WriteAsync(
            ModelCall(1, 2, millisecond: 5, input: 10, output: 5, cost: 0.25),
            ToolCall(1, 3, millisecond: 30, status: Error),
            ModelCall(1, 4, millisecond: 50, input: 20, output: 7, cost: 0.5),
            Root(1) with { UserId = "u1", TeamId = "t1", WorkflowId = "w1" });
        await ReopenAsync();

        var summary = (await Queries.GetSummaryAsync(TraceId(1)))!;
        Assert.Equal((TraceId(1), "invoke_agent weather", "ok"), (summary.TraceId, summary.Name, summary.Status));
        Assert.Equal((Samples.Start, Samples.Start.AddMilliseconds(100), 100), (summary.StartTime, summary.EndTime, summary.DurationMs));
        Assert.Equal((4, 1), (summary.TotalSpans, summary.ErrorCount));
        Assert.Equal((30, 12), (summary.Usage.PromptTokens, summary.Usage.CompletionTokens));
        Assert.Equal((0.75m, 0), (summary.CostUsd, summary.UnpricedCalls));
        Assert.Equal(("r1", "s1", "u1"), (summary.RunId, summary.SessionId, summary.UserId));
        Assert.Equal(("weather", "t1", "w1"), (summary.AgentId, summary.TeamId, summary.WorkflowId));
    }

    [Fact]
    public async Task All_kinds_of_tokens_are_summed_over_the_model_calls_alone()
    {
        var call = ModelCall(1, 2, input: 100, output: 50)
            .With("gen_ai.usage.reasoning.output_tokens", 40)
            .With("gen_ai.usage.cache_read.input_tokens", 30)
            .With("gen_ai.usage.cache_creation.input_tokens", 20);
        await WriteAsync(call, call with { SpanId = SpanId(3) }, Root(1).With("gen_ai.usage.input_tokens", 200).With("agentfunctions.cost_usd", 0.5));

        var usage = (await Queries.GetSummaryAsync(TraceId(1)))!.Usage;
        Assert.Equal((200, 100, 80, 60, 40), (usage.PromptTokens, usage.CompletionTokens, usage.ReasoningTokens, usage.CachedTokens, usage.CacheWriteTokens));
        Assert.Equal(0.5m, (await Queries.GetSummaryAsync(TraceId(1)))!.CostUsd);
    }

    [Fact]
    public async Task A_trace_that_the_store_does_not_have_has_no_summary()
    {
        await WriteAsync(Root(1));
        Assert.Null(await Queries.GetSummaryAsync(TraceId(2)));
    }

    [Theory]
    [InlineData(Ok, Error, "ok", 1)]
    [InlineData(Error, Ok, "error", 1)]
    [InlineData(Error, Error, "error", 2)]
    public async Task The_status_is_that_of_the_run_whatever_its_children_did(int root, int tool, string status, int errors)
    {
        await WriteAsync(Root(1, status: root), ToolCall(1, 2, status: tool));
        var summary = (await Queries.GetSummaryAsync(TraceId(1)))!;
        Assert.Equal((status, errors), (summary.Status, summary.ErrorCount));
    }

    [Fact]
    public async Task A_trace_without_a_root_is_running_and_shows_its_first_span()
    {
        await WriteAsync(ToolCall(1, 3, millisecond: 9), ModelCall(1, 2, millisecond: 5) with { UserId = "u1" });
        var summary = (await Queries.GetSummaryAsync(TraceId(1)))!;
        Assert.Equal(("running", "chat gpt-4o-mini", "u1"), (summary.Status, summary.Name, summary.UserId));
    }

    [Fact]
    public async Task A_trace_of_which_only_members_runs_have_ended_is_still_running()
    {
        var member = Root(1, 2, millisecond: 5, run: RunIds.Member("r1", "step:1/call"), status: Error) with { Name = "invoke_agent billing" };
        await WriteAsync(member);
        Assert.Equal("running", (await Queries.GetSummaryAsync(TraceId(1)))!.Status);

        // Ends last, and need not be what began first: clocks of two processes may differ.
        await WriteAsync(Root(1, millisecond: 10));
        var summary = (await Queries.GetSummaryAsync(TraceId(1)))!;
        Assert.Equal(("ok", "invoke_agent weather", "r1"), (summary.Status, summary.Name, summary.RunId));
    }

    [Fact]
    public async Task A_trace_of_two_runs_shows_the_one_that_started_first()
    {
        await WriteAsync(Root(1, 2, millisecond: 10, run: "second", status: Error) with { Name = "invoke_agent other" });
        await WriteAsync(Root(1, 1, millisecond: 0, run: "first"));
        await WriteAsync(Root(1, 3, millisecond: 20, run: "third", status: Error));

        var summary = (await Queries.GetSummaryAsync(TraceId(1)))!;
        Assert.Equal(("first", "invoke_agent weather", "ok", 2), (summary.RunId, summary.Name, summary.Status, summary.ErrorCount));
    }

    [Fact]
    public async Task Of_two_runs_that_start_together_the_one_with_the_lower_span_id_is_shown()
    {
        await WriteAsync(Root(1, 2, run: "b"), Root(1, 1, run: "a"));
        await WriteAsync(Root(2, 1, run: "a"));
        await WriteAsync(Root(2, 2, run: "b"));
        Assert.Equal("a", (await Queries.GetSummaryAsync(TraceId(1)))!.RunId);
        Assert.Equal("a", (await Queries.GetSummaryAsync(TraceId(2)))!.RunId);
    }

    [Fact]
    public async Task The_order_in_which_spans_arrive_changes_nothing()
    {
        SpanRecord[] spans = [Root(1), ModelCall(1, 2, 5), ToolCall(1, 3, 30, status: Error), ModelCall(1, 4, 60, cost: 0.125)];
        await WriteAsync(spans);
        var expected = AgentJson.Serialize(await Queries.GetSummaryAsync(TraceId(1)));

        int[][] orders = [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]];
        for (var trace = 2; trace < orders.Length + 2; trace++)
        {
            foreach (var span in orders[trace - 2])
            {
                await WriteAsync(spans[span] with { TraceId = TraceId(trace) });
            }
            var summary = (await Queries.GetSummaryAsync(TraceId(trace)))!;
            Assert.Equal(expected, AgentJson.Serialize(summary with { TraceId = TraceId(1) }));
        }
    }

    [Fact]
    public async Task Writing_spans_again_doubles_nothing()
    {
        SpanRecord[] spans = [Root(1, status: Error), ModelCall(1, 2, 5), ToolCall(1, 3, 30)];
        await WriteAsync(spans);
        var expected = AgentJson.Serialize(await Queries.GetSummaryAsync(TraceId(1)));

        await WriteAsync(spans);
        await WriteAsync(spans[1], spans[1], spans[2]);
        Assert.Equal(expected, AgentJson.Serialize(await Queries.GetSummaryAsync(TraceId(1))));
    }

    [Fact]
    public async Task A_replaced_span_counts_as_it_is_now()
    {
        await WriteAsync(
            Root(1, status: Error).Lasting(TimeSpan.FromSeconds(9)), ModelCall(1, 2, millisecond: -50, input: 100, cost: 3), ToolCall(1, 3, status: Error));
        await WriteAsync(Root(1, run: "r2"), ModelCall(1, 2, millisecond: 10, input: 7, cost: null), ToolCall(1, 3));

        var summary = (await Queries.GetSummaryAsync(TraceId(1)))!;
        Assert.Equal((Samples.Start, 100), (summary.StartTime, summary.DurationMs));
        Assert.Equal(("ok", 0, 3, "r2"), (summary.Status, summary.ErrorCount, summary.TotalSpans, summary.RunId));
        Assert.Equal((7, null, 1), (summary.Usage.PromptTokens, summary.CostUsd, summary.UnpricedCalls));
    }

    [Fact]
    public async Task A_replaced_span_moves_its_trace_in_the_list()
    {
        await WriteAsync(ToolCall(1, 1, millisecond: 5), ToolCall(2, 1, millisecond: 10));
        await WriteAsync(ToolCall(1, 1, millisecond: 20) with { UserId = "u1" });
        Assert.Equal([1, 2], await TraceNumbersAsync(new TraceQuery()));
        Assert.Equal([1], await TraceNumbersAsync(new TraceQuery { UserId = "u1" }));
    }

    [Fact]
    public async Task A_call_without_a_known_price_is_counted_and_not_free()
    {
        await WriteAsync(ModelCall(1, 2, cost: null), ModelCall(1, 3, cost: 0.5), ToolCall(1, 4));
        await WriteAsync(ModelCall(2, 2, cost: null), Root(2));
        await WriteAsync(ModelCall(3, 2, cost: 0), Root(3));

        async Task<(decimal?, int)> Cost(int trace) => (await Queries.GetSummaryAsync(TraceId(trace)))! is var s ? (s.CostUsd, s.UnpricedCalls) : default;
        Assert.Equal((0.5m, 1), await Cost(1));
        Assert.Equal((null, 1), await Cost(2));
        Assert.Equal((0m, 0), await Cost(3));
    }

    [Fact]
    public async Task Twenty_writers_of_one_trace_lose_and_double_nothing_of_its_sums()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(n => Task.Run(() =>
            WriteAsync(ModelCall(1, 100 + n, n, input: 1, cost: 0.5), ToolCall(1, 200 + (n / 2), status: Error)))));
        var summary = (await Queries.GetSummaryAsync(TraceId(1)))!;
        Assert.Equal((30, 10, 20, 10m), (summary.TotalSpans, summary.ErrorCount, summary.Usage.PromptTokens, summary.CostUsd));
    }
}
