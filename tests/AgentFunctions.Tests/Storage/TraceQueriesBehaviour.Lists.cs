using AgentFunctions.Agents;
using AgentFunctions.Traces;
using static AgentFunctions.Tests.Storage.SpanSamples;

namespace AgentFunctions.Tests.Storage;

/// <summary>The list of traces.</summary>
public abstract partial class TraceQueriesBehaviour
{
    public static TheoryData<string, TraceQuery> TraceFilters => new()
    {
        { "run", new TraceQuery { RunId = "wanted run" } },
        { "session", new TraceQuery { SessionId = "wanted session" } },
        { "user", new TraceQuery { UserId = "wanted user" } },
        { "agent", new TraceQuery { AgentId = "wanted agent" } },
        { "team", new TraceQuery { TeamId = "wanted team" } },
        { "workflow", new TraceQuery { WorkflowId = "wanted workflow" } },
        { "status", new TraceQuery { Status = "error" } },
        { "name", new TraceQuery { Name = "wanted name" } },
        { "least duration", new TraceQuery { MinDuration = TimeSpan.FromSeconds(2) } },
        { "time", new TraceQuery { From = Minute(1), To = Minute(1).AddTicks(1) } },
        { "condition", new TraceQuery { Filter = new Filter.Compare(FilterOperator.Contains, "name", "WANTED") } },
        { "session and status", new TraceQuery { SessionId = "wanted session", Status = "error" } },
        { "agent and least duration", new TraceQuery { AgentId = "wanted agent", MinDuration = TimeSpan.FromSeconds(2) } },
        {
            "all at once", new TraceQuery
            {
                RunId = "wanted run", SessionId = "wanted session", UserId = "wanted user", AgentId = "wanted agent", TeamId = "wanted team",
                WorkflowId = "wanted workflow", Status = "error", Name = "wanted name", MinDuration = TimeSpan.FromSeconds(2),
                From = Minute(1), To = Minute(2), Filter = new Filter.Compare(FilterOperator.Gte, "error_count", 1.0),
            }
        },
    };

    [Theory]
    [MemberData(nameof(TraceFilters), DisableDiscoveryEnumeration = true)]
    public async Task The_trace_list_is_filtered_by(string what, TraceQuery query)
    {
        await WriteAsync(Root(7).Lasting(TimeSpan.FromSeconds(2)).At(Minute(1)) with
        {
            RunId = "wanted run",
            SessionId = "wanted session",
            UserId = "wanted user",
            AgentId = "wanted agent",
            TeamId = "wanted team",
            WorkflowId = "wanted workflow",
            Name = "wanted name",
            Status = Error,
        });
        await WriteAsync(Root(8) with { UserId = "u2", TeamId = "t2", WorkflowId = "w2" }, ToolCall(9, 1).At(Minute(2)), ModelCall(6, 2).At(Minute(3)));

        Assert.True(await TraceNumbersAsync(query) is [7], what);
    }

    [Fact]
    public async Task Filters_that_no_trace_fulfils_together_find_none()
    {
        await WriteAsync(Root(1) with { UserId = "u1" }, Root(2) with { UserId = "u2", AgentId = "other" });
        Assert.Empty(await TraceNumbersAsync(new TraceQuery { UserId = "u1", AgentId = "other" }));
        Assert.Empty(await TraceNumbersAsync(new TraceQuery { UserId = "u1", From = Minute(1) }));
        Assert.Empty(await TraceNumbersAsync(new TraceQuery { Name = "INVOKE_AGENT weather" }));
    }

    [Fact]
    public async Task A_listed_trace_is_its_summary()
    {
        await WriteAsync(Root(1), ModelCall(1, 2, 5), ToolCall(1, 3, 9, status: Error), ModelCall(1, 4, 7, cost: null));
        var listed = Assert.Single((await Queries.ListTracesAsync(new TraceQuery())).Items);
        Assert.Equal(AgentJson.Serialize(await Queries.GetSummaryAsync(TraceId(1))), AgentJson.Serialize(listed));
    }

    [Fact]
    public async Task The_ids_of_a_trace_are_those_of_its_first_run_only()
    {
        await WriteAsync(Root(1, 1, 0, "first"), Root(1, 2, 10, "second") with { SessionId = "s2", UserId = "u2" });
        Assert.Equal([1], await TraceNumbersAsync(new TraceQuery { RunId = "first" }));
        Assert.Empty(await TraceNumbersAsync(new TraceQuery { UserId = "u2" }));
    }

    [Fact]
    public async Task A_trace_is_listed_under_its_present_status_and_name_only()
    {
        await WriteAsync(ModelCall(1, 2, 5));
        Assert.Equal([1], await TraceNumbersAsync(new TraceQuery { Status = "running" }));

        await WriteAsync(Root(1));
        Assert.Empty(await TraceNumbersAsync(new TraceQuery { Status = "running" }));
        Assert.Empty(await TraceNumbersAsync(new TraceQuery { Name = "chat gpt-4o-mini" }));
        Assert.Equal([1], await TraceNumbersAsync(new TraceQuery { Status = "ok", Name = "invoke_agent weather" }));
    }

    [Fact]
    public async Task Traces_are_listed_from_a_time_on_and_up_to_but_not_at_another()
    {
        await WriteTracesAsync(4);
        Assert.Equal([2, 1], await TraceNumbersAsync(new TraceQuery { From = Minute(1), To = Minute(3) }));
        Assert.Equal([3], await TraceNumbersAsync(new TraceQuery { From = Minute(2).AddTicks(1) }));
        Assert.Equal([3, 2, 1, 0], await TraceNumbersAsync(new TraceQuery { From = DateTimeOffset.MinValue, To = DateTimeOffset.MaxValue }));
        Assert.Equal([2, 1], await TraceNumbersAsync(new TraceQuery { AgentId = "weather", From = Minute(1), To = Minute(3) }));
    }

    [Fact]
    public async Task The_latest_traces_come_first_and_pages_follow_each_other()
    {
        await WriteTracesAsync(5);
        var first = await Queries.ListTracesAsync(new TraceQuery { Limit = 2 });
        await ReopenAsync();
        var second = await Queries.ListTracesAsync(new TraceQuery { Limit = 2, Cursor = first.NextCursor });
        var third = await Queries.ListTracesAsync(new TraceQuery { Limit = 2, Cursor = second.NextCursor });

        Assert.Equal([4, 3, 2, 1, 0], Numbers([.. first.Items, .. second.Items, .. third.Items]));
        Assert.Null(third.NextCursor);
    }

    [Fact]
    public async Task A_page_that_ends_with_the_list_has_no_next()
    {
        await WriteTracesAsync(2);
        Assert.Null((await Queries.ListTracesAsync(new TraceQuery { Limit = 2 })).NextCursor);
    }

    [Fact]
    public async Task Traces_that_arrive_while_a_client_pages_shift_nothing()
    {
        await WriteTracesAsync(4);
        var first = await Queries.ListTracesAsync(new TraceQuery { Limit = 2 });
        await WriteAsync(Root(100).At(Minute(50)), Root(101).At(Minute(2.5)), Root(102).At(Minute(0.5)));

        var second = await Queries.ListTracesAsync(new TraceQuery { Limit = 10, Cursor = first.NextCursor });
        Assert.Equal([1, 102, 0], Numbers(second.Items));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Traces_of_one_start_come_by_id_descending_over_all_pages(bool filtered)
    {
        await WriteAsync(Root(3), Root(1), Root(5), Root(2), Root(4));
        var query = new TraceQuery { Limit = 2, AgentId = filtered ? "weather" : null };
        var seen = new List<TraceSummary>();
        for (string? cursor = null; seen.Count == 0 || cursor is not null;)
        {
            var page = await Queries.ListTracesAsync(query with { Cursor = cursor });
            seen.AddRange(page.Items);
            cursor = page.NextCursor;
        }
        Assert.Equal([5, 4, 3, 2, 1], Numbers(seen));
    }

    [Fact]
    public async Task A_filtered_list_goes_on_where_its_page_ended()
    {
        await WriteAsync(Enumerable.Range(0, 9).Select(n => Root(n).At(Minute(n)) with { UserId = n % 2 == 0 ? "even" : "odd" }).ToList());
        var query = new TraceQuery { UserId = "even", Limit = 3 };
        var first = await Queries.ListTracesAsync(query);
        var second = await Queries.ListTracesAsync(query with { Cursor = first.NextCursor });
        Assert.Equal([8, 6, 4], Numbers(first.Items));
        Assert.Equal([2, 0], Numbers(second.Items));
    }

    [Fact]
    public async Task Pages_of_long_traces_follow_each_other()
    {
        await WriteAsync(Enumerable.Range(0, 7).Select(n => Root(n).Lasting(TimeSpan.FromSeconds(n)).At(Minute(n % 3))).ToList());
        var query = new TraceQuery { MinDuration = TimeSpan.FromSeconds(3), Limit = 2 };
        var first = await Queries.ListTracesAsync(query);
        var second = await Queries.ListTracesAsync(query with { Cursor = first.NextCursor });
        Assert.Equal([5, 4], Numbers(first.Items));
        Assert.Equal([6, 3], Numbers(second.Items));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-7, 1)]
    [InlineData(200, 200)]
    [InlineData(int.MaxValue, 200)]
    public async Task A_page_has_at_least_one_and_at_most_200_traces(int limit, int expected)
    {
        await WriteTracesAsync(201);
        var page = await Queries.ListTracesAsync(new TraceQuery { Limit = limit });
        Assert.Equal(expected, page.Items.Count);
        Assert.NotNull(page.NextCursor);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("bm9uc2Vuc2U")]
    [InlineData("🚀")]
    public async Task A_cursor_that_no_list_issued_is_refused(string cursor)
    {
        await Assert.ThrowsAsync<FormatException>(() => Queries.ListTracesAsync(new TraceQuery { Cursor = cursor }));
        await Assert.ThrowsAsync<FormatException>(() => Queries.ListSpansAsync(new SpanQuery { Cursor = cursor }));
    }

    [Fact]
    public async Task A_cursor_of_the_other_list_is_refused()
    {
        await WriteAsync(Root(1), Root(2), Root(3));
        var traces = (await Queries.ListTracesAsync(new TraceQuery { Limit = 1 })).NextCursor;
        var spans = (await Queries.ListSpansAsync(new SpanQuery { Limit = 1 })).NextCursor;
        await Assert.ThrowsAsync<FormatException>(() => Queries.ListTracesAsync(new TraceQuery { Cursor = spans }));
        await Assert.ThrowsAsync<FormatException>(() => Queries.ListSpansAsync(new SpanQuery { Cursor = traces }));
    }

    [Fact]
    public async Task An_empty_store_has_empty_lists()
    {
        Assert.Empty((await Queries.ListTracesAsync(new TraceQuery())).Items);
        Assert.Empty((await Queries.ListSpansAsync(new SpanQuery())).Items);
    }

    private Task WriteTracesAsync(int count) => WriteAsync(Enumerable.Range(0, count).Select(n => Root(n).At(Minute(n))).ToList());

    private static List<int> Numbers(IEnumerable<TraceSummary> traces) => Numbers(traces.Select(t => t.TraceId));
}
