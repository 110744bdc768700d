using AgentFunctions.Traces;
using static AgentFunctions.Tests.Storage.SpanSamples;

namespace AgentFunctions.Tests.Storage;

/// <summary>Statistics over spans.</summary>
public abstract partial class TraceQueriesBehaviour
{
    private static StatisticsQuery By(params StatisticsKey[] keys) => new() { By = keys, From = Samples.Start.AddDays(-1), To = Samples.Start.AddDays(2) };

    [Fact]
    public async Task A_group_counts_its_spans_with_exact_percentiles()
    {
        // 1 to 40 ms: by nearest rank the median is the 20th value and the 95th percentile the 38th.
        await WriteAsync(Enumerable.Range(1, 40).Select(n => ToolCall(n % 3, n, millisecond: n, status: n % 10 == 0 ? Error : 0)
            .Lasting(TimeSpan.FromMilliseconds(n))).ToList());
        await ReopenAsync();

        var tool = Assert.Single(await Queries.GetStatisticsAsync(By(StatisticsKey.Name)));
        Assert.Equal(("execute_tool get_weather", "TOOL"), (Assert.Single(tool.Group), tool.Type));
        Assert.Equal((40, 4), (tool.Calls, tool.Errors));
        Assert.Equal((20.5, 20, 38, 40), (tool.AvgDurationMs, tool.P50DurationMs, tool.P95DurationMs, tool.MaxDurationMs));
        Assert.Equal((Samples.Start.AddMilliseconds(1), Samples.Start.AddMilliseconds(40)), (tool.FirstCalledAt, tool.LastCalledAt));
        Assert.Equal((0, null, 0), (tool.Usage.TotalTokens, tool.CostUsd, tool.UnpricedCalls));
    }

    [Fact]
    public async Task The_percentiles_of_one_span_are_its_duration()
    {
        await WriteAsync(ToolCall(1, 1).Lasting(TimeSpan.FromTicks(12_345)));
        var tool = Assert.Single(await Queries.GetStatisticsAsync(By(StatisticsKey.Name)));
        Assert.Equal((1.2345, 1.2345, 1.2345, 1.2345), (tool.AvgDurationMs, tool.P50DurationMs, tool.P95DurationMs, tool.MaxDurationMs));
    }

    [Fact]
    public async Task Tokens_and_cost_of_a_group_are_summed_and_unpriced_calls_counted()
    {
        await WriteAsync(
            ModelCall(1, 1, input: 10, output: 5, cost: 0.25), ModelCall(1, 2, input: 1, output: 2, cost: 0.5), ModelCall(2, 3, input: 100, output: 0, cost: null),
            ModelCall(2, 4, input: 7, output: 7, cost: null, model: "unknown"));

        var models = await Queries.GetStatisticsAsync(By(StatisticsKey.Model));
        Assert.Equal(["gpt-4o-mini", "unknown"], models.Select(m => m.Group[0]));
        Assert.Equal((111, 7, 0.75m, 1), (models[0].Usage.PromptTokens, models[0].Usage.CompletionTokens, models[0].CostUsd, models[0].UnpricedCalls));
        Assert.Equal((14, null, 1), (models[1].Usage.TotalTokens, models[1].CostUsd, models[1].UnpricedCalls));
    }

    public static TheoryData<StatisticsKey, string?[]> Keys => new()
    {
        { StatisticsKey.Name, ["invoke_agent weather", "chat gpt-4o-mini", "execute_tool get_weather"] },
        { StatisticsKey.Type, ["AGENT", "LLM", "TOOL"] },
        { StatisticsKey.Agent, ["weather", "other"] },
        { StatisticsKey.Model, ["gpt-4o-mini", null] },
        { StatisticsKey.User, ["u1", null] },
        { StatisticsKey.Session, ["s1", "s2"] },
        { StatisticsKey.Team, ["t1", null] },
        { StatisticsKey.Workflow, [null, "w1"] },
        { StatisticsKey.Day, ["2026-01-02", "2026-01-03"] },
    };

    [Theory]
    [MemberData(nameof(Keys), DisableDiscoveryEnumeration = true)]
    public async Task Spans_are_grouped_by(StatisticsKey key, string?[] expected)
    {
        await WriteAsync(
            Root(1) with { UserId = "u1", TeamId = "t1" },
            ModelCall(1, 2) with { TeamId = "t1" },
            ToolCall(1, 3).At(new DateTimeOffset(2026, 1, 3, 0, 0, 0, TimeSpan.Zero)) with { SessionId = "s2", AgentId = "other", WorkflowId = "w1" },
            ModelCall(2, 2).At(new DateTimeOffset(2026, 1, 2, 23, 59, 59, TimeSpan.Zero)));

        var groups = await Queries.GetStatisticsAsync(By(key) with { Order = StatisticsOrder.Key });
        Assert.Equal(expected.Order(StringComparer.Ordinal), groups.Select(g => Assert.Single(g.Group)).Order(StringComparer.Ordinal));
        Assert.Equal(4, groups.Sum(g => g.Calls));
        Assert.All(groups, g => Assert.Equal(key == StatisticsKey.Name, g.Type is not null));
    }

    [Fact]
    public async Task Spans_are_grouped_by_two_keys_in_the_order_of_the_query()
    {
        await WriteAsync(
            ModelCall(1, 1, model: "a") with { UserId = "u1" }, ModelCall(1, 2, model: "a") with { UserId = "u1" },
            ModelCall(1, 3, model: "a") with { UserId = "u2" }, ModelCall(1, 4, model: "b") with { UserId = "u1" }, ToolCall(1, 5));

        var groups = await Queries.GetStatisticsAsync(By(StatisticsKey.User, StatisticsKey.Model) with { Order = StatisticsOrder.Key });
        Assert.Equal(
            [(null, null, 1), ("u1", "a", 2), ("u1", "b", 1), ("u2", "a", 1)],
            groups.Select(g => (g.Group[0], g.Group[1], g.Calls)));
    }

    [Fact]
    public async Task Two_types_of_one_name_are_two_groups()
    {
        await WriteAsync(ToolCall(1, 1) with { Name = "same" }, ModelCall(1, 2) with { Name = "same" });
        var groups = await Queries.GetStatisticsAsync(By(StatisticsKey.Name) with { Order = StatisticsOrder.Key });
        Assert.Equal([("same", "LLM"), ("same", "TOOL")], groups.Select(g => (g.Group[0], g.Type)));
    }

    public static TheoryData<StatisticsOrder, string[]> Orders => new()
    {
        { StatisticsOrder.Calls, ["many", "slow", "dear"] },
        { StatisticsOrder.AvgDuration, ["slow", "dear", "many"] },
        { StatisticsOrder.P50Duration, ["slow", "dear", "many"] },
        { StatisticsOrder.P95Duration, ["slow", "many", "dear"] },
        { StatisticsOrder.MaxDuration, ["slow", "many", "dear"] },
        { StatisticsOrder.Errors, ["slow", "many", "dear"] },
        { StatisticsOrder.LastCalled, ["dear", "slow", "many"] },
        { StatisticsOrder.Cost, ["dear", "many", "slow"] },
    };

    [Theory]
    [MemberData(nameof(Orders), DisableDiscoveryEnumeration = true)]
    public async Task Groups_come_in_the_order_of(StatisticsOrder order, string[] expected)
    {
        SpanRecord Call(int id, string name, double cost, int milliseconds, int status = 0) =>
            ModelCall(1, id, millisecond: id, cost: cost).Lasting(TimeSpan.FromMilliseconds(milliseconds)) with { Name = name, Status = status };
        await WriteAsync(
            Call(1, "many", 1, 1), Call(2, "many", 1, 1), Call(3, "many", 1, 40, Error), Call(4, "slow", 1, 50, Error), Call(5, "slow", 1, 50, Error), Call(6, "dear", 9, 30));

        Assert.Equal(expected, (await Queries.GetStatisticsAsync(By(StatisticsKey.Name) with { Order = order })).Select(g => g.Group[0]));
        Assert.Equal(expected.Reverse(), (await Queries.GetStatisticsAsync(By(StatisticsKey.Name) with { Order = order, Ascending = true })).Select(g => g.Group[0]));
        var top = await Queries.GetStatisticsAsync(By(StatisticsKey.Name) with { Order = order, Limit = 1 });
        Assert.Equal(expected[0], Assert.Single(top).Group[0]);
    }

    [Fact]
    public async Task Groups_that_are_equal_in_the_order_come_by_their_key_and_days_in_their_own()
    {
        await WriteAsync(Enumerable.Range(0, 4).Select(n => ToolCall(1, n, tool: $"t{3 - n}").At(Samples.Start.AddHours(24 - (n * 8)))).ToList());
        Assert.Equal(["execute_tool t0", "execute_tool t1", "execute_tool t2", "execute_tool t3"],
            (await Queries.GetStatisticsAsync(By(StatisticsKey.Name))).Select(g => g.Group[0]));
        var days = await Queries.GetStatisticsAsync(By(StatisticsKey.Day) with { Order = StatisticsOrder.Key, Ascending = false });
        Assert.Equal(["2026-01-02", "2026-01-03"], days.Select(g => g.Group[0]));
    }

    public static TheoryData<string, StatisticsQuery> StatisticsFilters => new()
    {
        { "type", By(StatisticsKey.Name) with { Type = "LLM" } },
        { "name", By(StatisticsKey.Name) with { Name = "chat wanted" } },
        { "agent", By(StatisticsKey.Name) with { AgentId = "a" } },
        { "team", By(StatisticsKey.Name) with { TeamId = "t" } },
        { "workflow", By(StatisticsKey.Name) with { WorkflowId = "w" } },
        { "session", By(StatisticsKey.Name) with { SessionId = "s" } },
        { "user", By(StatisticsKey.Name) with { UserId = "u" } },
        { "model", By(StatisticsKey.Name) with { Model = "wanted" } },
        { "time", By(StatisticsKey.Name) with { From = Minute(5), To = Minute(6) } },
        { "user and model", By(StatisticsKey.Name) with { UserId = "u", Model = "wanted" } },
    };

    [Theory]
    [MemberData(nameof(StatisticsFilters), DisableDiscoveryEnumeration = true)]
    public async Task Statistics_are_filtered_by(string what, StatisticsQuery query)
    {
        await WriteAsync(
            ModelCall(1, 2, model: "wanted").At(Minute(5)) with { AgentId = "a", TeamId = "t", WorkflowId = "w", SessionId = "s", UserId = "u" },
            Root(1), ToolCall(1, 3).At(Minute(6)));

        var groups = await Queries.GetStatisticsAsync(query);
        Assert.True(groups is [{ Calls: 1, Group: ["chat wanted"] }], what);
    }

    [Fact]
    public async Task Runs_are_counted_by_their_roots()
    {
        await WriteAsync(
            Root(1).With("gen_ai.usage.input_tokens", 30).With("agentfunctions.cost_usd", 0.5) with { UserId = "u1" }, ModelCall(1, 2) with { UserId = "u1" },
            Root(2, status: Error) with { UserId = "u1" }, Root(2, 5, run: "second") with { UserId = "u2" }, ToolCall(3, 1));

        var users = await Queries.GetStatisticsAsync(By(StatisticsKey.User) with { RunsOnly = true });
        Assert.Equal([("u1", 2, 1), ("u2", 1, 0)], users.Select(u => (u.Group[0], u.Calls, u.Errors)));
        Assert.Equal((30, 0.5m), (users[0].Usage.PromptTokens, users[0].CostUsd));
    }

    [Fact]
    public async Task Statistics_count_from_a_time_on_and_up_to_but_not_at_another()
    {
        await WriteAsync(Enumerable.Range(0, 4).Select(n => ToolCall(1, n).At(Minute(n))).ToList());
        var tool = Assert.Single(await Queries.GetStatisticsAsync(By(StatisticsKey.Name) with { From = Minute(1), To = Minute(3) }));
        Assert.Equal((2, Minute(1), Minute(2)), (tool.Calls, tool.FirstCalledAt, tool.LastCalledAt));
        Assert.Empty(await Queries.GetStatisticsAsync(By(StatisticsKey.Name) with { From = Minute(4), To = Minute(9) }));
    }

    [Fact]
    public async Task Replaced_spans_are_counted_once_and_as_they_are_now()
    {
        await WriteAsync(ModelCall(1, 2, input: 50), ToolCall(1, 3, status: Error));
        await WriteAsync(ModelCall(1, 2, input: 10), ToolCall(1, 3));
        var all = await Queries.GetStatisticsAsync(By(StatisticsKey.Session));
        Assert.Equal((2, 0, 10), (Assert.Single(all).Calls, all[0].Errors, all[0].Usage.PromptTokens));
    }

    [Fact]
    public async Task At_most_1000_groups_are_given_and_at_least_one()
    {
        await WriteAsync(Enumerable.Range(0, 1001).Select(n => ToolCall(1, n, tool: $"t{n}")).ToList());
        Assert.Equal(1000, (await Queries.GetStatisticsAsync(By(StatisticsKey.Name) with { Limit = int.MaxValue })).Count);
        Assert.Single(await Queries.GetStatisticsAsync(By(StatisticsKey.Name) with { Limit = 0 }));
    }

    [Fact]
    public async Task Keys_are_one_or_two_and_different()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Queries.GetStatisticsAsync(By()));
        await Assert.ThrowsAsync<ArgumentException>(() => Queries.GetStatisticsAsync(By(StatisticsKey.Name, StatisticsKey.Name)));
        await Assert.ThrowsAsync<ArgumentException>(() => Queries.GetStatisticsAsync(By(StatisticsKey.Name, StatisticsKey.Day, StatisticsKey.User)));
    }
}
