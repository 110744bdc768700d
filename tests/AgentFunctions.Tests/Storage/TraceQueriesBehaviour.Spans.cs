using AgentFunctions.Agents;
using AgentFunctions.Traces;
using static AgentFunctions.Tests.Storage.SpanSamples;

namespace AgentFunctions.Tests.Storage;

/// <summary>The list of spans.</summary>
public abstract partial class TraceQueriesBehaviour
{
    public static TheoryData<string, SpanQuery> SpanFilters => new()
    {
        { "trace", new SpanQuery { TraceId = TraceId(7) } },
        { "run", new SpanQuery { RunId = "wanted run" } },
        { "session", new SpanQuery { SessionId = "wanted session" } },
        { "user", new SpanQuery { UserId = "wanted user" } },
        { "agent", new SpanQuery { AgentId = "wanted agent" } },
        { "team", new SpanQuery { TeamId = "wanted team" } },
        { "workflow", new SpanQuery { WorkflowId = "wanted workflow" } },
        { "name", new SpanQuery { Name = "chat wanted" } },
        { "type", new SpanQuery { Type = "LLM" } },
        { "status", new SpanQuery { Status = "error" } },
        { "model", new SpanQuery { Model = "wanted" } },
        { "least duration", new SpanQuery { MinDuration = TimeSpan.FromSeconds(2) } },
        { "time", new SpanQuery { From = Minute(1), To = Minute(1).AddTicks(1) } },
        { "condition", new SpanQuery { Filter = new Filter.Compare(FilterOperator.Gt, "total_tokens", 3.0) } },
        { "type and status", new SpanQuery { Type = "LLM", Status = "error" } },
        { "user and least duration", new SpanQuery { UserId = "wanted user", MinDuration = TimeSpan.FromSeconds(2) } },
        {
            "all at once", new SpanQuery
            {
                TraceId = TraceId(7), RunId = "wanted run", SessionId = "wanted session", UserId = "wanted user", AgentId = "wanted agent",
                TeamId = "wanted team", WorkflowId = "wanted workflow", Name = "chat wanted", Type = "LLM", Status = "error", Model = "wanted",
                MinDuration = TimeSpan.FromSeconds(2), From = Minute(1), To = Minute(2), Filter = new Filter.Compare(FilterOperator.Eq, "input_tokens", 10.0),
            }
        },
    };

    [Theory]
    [MemberData(nameof(SpanFilters), DisableDiscoveryEnumeration = true)]
    public async Task The_span_list_is_filtered_by(string what, SpanQuery query)
    {
        await WriteAsync(ModelCall(7, 7, model: "wanted").Lasting(TimeSpan.FromSeconds(2)).At(Minute(1)) with
        {
            RunId = "wanted run",
            SessionId = "wanted session",
            UserId = "wanted user",
            AgentId = "wanted agent",
            TeamId = "wanted team",
            WorkflowId = "wanted workflow",
            Status = Error,
        });
        await WriteAsync(Root(8) with { UserId = "u2", TeamId = "t2", WorkflowId = "w2" }, ToolCall(8, 2).At(Minute(2)));

        Assert.True(await SpanNumbersAsync(query) is [7], what);
    }

    [Fact]
    public async Task A_listed_span_is_the_span_that_was_written()
    {
        var span = ToolCall(1, 2, status: Error).With("list", new System.Text.Json.Nodes.JsonArray(1, "two")) with { TeamId = "t1", WorkflowId = "w1", Scope = "mine" };
        await WriteAsync(span);
        var listed = Assert.Single((await Queries.ListSpansAsync(new SpanQuery())).Items);
        Assert.Equal(AgentJson.Serialize(span), AgentJson.Serialize(listed));
        Assert.Equal(AgentJson.Serialize(span), AgentJson.Serialize(Assert.Single(await Store.GetTraceAsync(TraceId(1), 10))));
    }

    [Fact]
    public async Task A_span_without_an_error_is_ok_whether_its_status_was_set_or_not()
    {
        await WriteAsync(ToolCall(1, 1, millisecond: 3, status: 0), ToolCall(1, 2, millisecond: 2, status: Ok), ToolCall(1, 3, status: Error));
        Assert.Equal([1, 2], await SpanNumbersAsync(new SpanQuery { Status = "ok" }));
        Assert.Equal([3], await SpanNumbersAsync(new SpanQuery { Status = "error" }));
    }

    [Fact]
    public async Task A_replaced_span_is_listed_as_it_is_now()
    {
        await WriteAsync(ModelCall(1, 2, model: "before") with { UserId = "u1" });
        await WriteAsync(ModelCall(1, 2, model: "after", millisecond: 5) with { UserId = "u2" });
        Assert.Empty(await SpanNumbersAsync(new SpanQuery { Model = "before" }));
        Assert.Empty(await SpanNumbersAsync(new SpanQuery { UserId = "u1" }));
        Assert.Equal([2], await SpanNumbersAsync(new SpanQuery { Model = "after", UserId = "u2" }));
        Assert.Equal([2], await SpanNumbersAsync(new SpanQuery()));
    }

    [Fact]
    public async Task The_latest_spans_come_first_and_pages_follow_each_other_across_traces()
    {
        await WriteAsync(Enumerable.Range(0, 7).Select(n => ToolCall(n % 2, n, millisecond: n)).ToList());
        var first = await Queries.ListSpansAsync(new SpanQuery { Limit = 3 });
        await WriteAsync(ToolCall(1, 100, millisecond: 9), ToolCall(1, 101, millisecond: 2).At(Samples.Start.AddMilliseconds(2.5)));
        var second = await Queries.ListSpansAsync(new SpanQuery { Limit = 3, Cursor = first.NextCursor });
        var third = await Queries.ListSpansAsync(new SpanQuery { Limit = 3, Cursor = second.NextCursor });

        Assert.Equal([6, 5, 4], Numbers(first.Items));
        Assert.Equal([3, 101, 2], Numbers(second.Items));
        Assert.Equal([1, 0], Numbers(third.Items));
        Assert.Null(third.NextCursor);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Spans_of_one_start_come_by_trace_and_span_id_descending_over_all_pages(bool filtered)
    {
        await WriteAsync(ToolCall(1, 3), ToolCall(2, 1), ToolCall(1, 2), ToolCall(2, 5), ToolCall(1, 4));
        var query = new SpanQuery { Limit = 2, SessionId = filtered ? "s1" : null };
        var first = await Queries.ListSpansAsync(query);
        var second = await Queries.ListSpansAsync(query with { Cursor = first.NextCursor });
        var third = await Queries.ListSpansAsync(query with { Cursor = second.NextCursor });
        Assert.Equal([5, 1, 4, 3, 2], Numbers([.. first.Items, .. second.Items, .. third.Items]));
    }

    [Fact]
    public async Task Pages_of_long_spans_follow_each_other()
    {
        await WriteAsync(Enumerable.Range(0, 7).Select(n => ToolCall(n, n).Lasting(TimeSpan.FromSeconds(n)).At(Minute(n % 3))).ToList());
        var query = new SpanQuery { MinDuration = TimeSpan.FromSeconds(3), Limit = 2 };
        var first = await Queries.ListSpansAsync(query);
        var second = await Queries.ListSpansAsync(query with { Cursor = first.NextCursor });
        Assert.Equal([5, 4], Numbers(first.Items));
        Assert.Equal([6, 3], Numbers(second.Items));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1000, 1000)]
    [InlineData(int.MaxValue, 1000)]
    public async Task A_page_has_at_least_one_and_at_most_1000_spans(int limit, int expected)
    {
        await WriteAsync(Enumerable.Range(0, 1001).Select(n => ToolCall(1, n, n)).ToList());
        var page = await Queries.ListSpansAsync(new SpanQuery { Limit = limit });
        Assert.Equal(expected, page.Items.Count);
        Assert.NotNull(page.NextCursor);
    }

    private static List<int> Numbers(IEnumerable<SpanRecord> spans) => Numbers(spans.Select(s => s.SpanId));
}
