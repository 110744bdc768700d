using System.Text.Json.Nodes;
using AgentFunctions.Traces;
using static AgentFunctions.Tests.Storage.SpanSamples;
using static AgentFunctions.Traces.FilterOperator;

namespace AgentFunctions.Tests.Storage;

/// <summary>Conditions: a store's translation means what <see cref="FilterMatch"/> says.</summary>
public abstract partial class TraceQueriesBehaviour
{
    private static readonly string[] _awkward = ["50% off_now", "50x offxnow", @"back\slash", "it's \"quoted\"", "GRÜSSE aus Köln", "plain"];

    public static TheoryData<string, Filter, int[]> TraceConditions => new()
    {
        { "equal", Is("user_id", "u1"), [1] },
        { "equal, with case", Is("user_id", "U1"), [] },
        { "has none", Is("user_id", null), [3, 4] },
        { "has one", Compare(Neq, "user_id", null), [1, 2, 5] },
        { "not equal, also where there is none", Compare(Neq, "user_id", "u1"), [2, 3, 4, 5] },
        { "one of", new Filter.In("trace_id", [TraceId(2), TraceId(3), "no id"]), [2, 3] },
        { "one of, or none", new Filter.In("user_id", ["u1", null]), [1, 3, 4] },
        { "contains, without case", Compare(Contains, "name", "AGENT Wea"), [1, 2] },
        { "starts with", Compare(StartsWith, "name", "Invoke_"), [1, 2, 5] },
        { "starts with, not contains", Compare(StartsWith, "name", "weather"), [] },
        { "contains in what is missing", Compare(Contains, "user_id", ""), [1, 2, 5] },
        { "greater", Compare(Gt, "total_tokens", 30.0), [2] },
        { "greater or equal", Compare(Gte, "total_tokens", 30.0), [1, 2] },
        { "less", Compare(Lt, "total_spans", 2.0), [3, 4, 5] },
        { "less or equal", Compare(Lte, "duration_ms", 20.0), [4] },
        { "less than what is missing", Compare(Lt, "cost_usd", 99.0), [1, 2] },
        { "equal number", Is("cost_usd", 0.5), [1] },
        { "no number", Is("cost_usd", null), [3, 4, 5] },
        { "time", Compare(Gte, "start_time", Minute(3)), [3, 4, 5] },
        { "time with another offset", Compare(Lt, "created_at", Minute(2).ToOffset(TimeSpan.FromHours(9))), [1] },
        { "equal time", Is("end_time", Minute(1).AddMilliseconds(100)), [1] },
        { "text order", Compare(Gt, "run_id", "r2"), [3, 4, 5] },
        { "status", Is("status", "running"), [4] },
        { "all", new Filter.All([Compare(Gt, "error_count", 0.0), Is("status", "ok")]), [2] },
        { "any", new Filter.Any([Is("status", "error"), Is("user_id", "u1")]), [1, 3] },
        { "not", new Filter.Not(Is("agent_id", "weather")), [5] },
        { "not of what is missing", new Filter.Not(Compare(Gt, "cost_usd", 0.1)), [3, 4, 5] },
        { "not of all", new Filter.Not(new Filter.All([Compare(Gt, "cost_usd", 0.1), Is("user_id", "u1")])), [2, 3, 4, 5] },
        { "not of not", new Filter.Not(new Filter.Not(Compare(Gt, "cost_usd", 0.6))), [2] },
        { "ten deep", Deep(Is("user_id", "u2"), 9), [1, 3, 4, 5] },
        { "number of another kind", Is("user_id", 1.0), [] },
    };

    [Theory]
    [MemberData(nameof(TraceConditions), DisableDiscoveryEnumeration = true)]
    public async Task Traces_are_found_by(string what, Filter filter, int[] expected)
    {
        await WriteAsync(
            Root(1).At(Minute(1)) with { UserId = "u1" }, ModelCall(1, 2, input: 20, output: 10, cost: 0.5).At(Minute(1)),
            Root(2, run: "r2").At(Minute(2)) with { UserId = "u2" }, ModelCall(2, 2, input: 99, output: 1, cost: 1).At(Minute(2)),
            ToolCall(2, 3, status: Error).At(Minute(2)),
            Root(3, run: "r3", status: Error).At(Minute(3)) with { Name = "wrapped invoke_agent" },
            ModelCall(4, 2, input: 0, output: 0, cost: null).At(Minute(4)) with { RunId = "r4" },
            Root(5, run: "r5").At(Minute(5)) with { UserId = "u5", AgentId = "other", Name = "invoke_agent other" });

        var found = (await Queries.ListTracesAsync(new TraceQuery { Filter = filter })).Items;
        Assert.Equal((what, string.Join(',', expected)), (what, string.Join(',', Numbers(found).Order())));
        var all = (await Queries.ListTracesAsync(new TraceQuery())).Items;
        Assert.Equal(Numbers(all.Where(filter.Matches)), Numbers(found));
    }

    public static TheoryData<string, Filter, int[]> SpanConditions => new()
    {
        { "id", Is("span_id", SpanId(3)), [3] },
        { "no parent", Is("parent_span_id", null), [1] },
        { "type", new Filter.In("type", ["LLM", "AGENT"]), [1, 2] },
        { "tool", Is("tool", "get_weather"), [3] },
        { "model", Compare(StartsWith, "model", "GPT-"), [1, 2] },
        { "status message", Compare(Contains, "status_message", "failed"), [3] },
        { "tokens", Compare(Gte, "output_tokens", 5.0), [2] },
        { "no tokens are none", Is("total_tokens", 0.0), [1, 3, 4] },
        { "cost", Compare(Gt, "cost_usd", 0.2), [2] },
        { "duration", Compare(Gt, "duration_ms", 10.5), [1, 2] },
        { "text attribute", Is("attributes.city", "Berlin"), [3] },
        { "text attribute, contains", Compare(Contains, "attributes.city", "ERL"), [3] },
        { "number attribute", Compare(Gt, "attributes.degrees", 20.0), [3] },
        { "number is not text", Is("attributes.degrees", "21.5"), [] },
        { "whole number attribute", Is("attributes.gen_ai.usage.input_tokens", 10.0), [2] },
        { "true attribute", Is("attributes.cached", true), [3] },
        { "false attribute", Is("attributes.cached", false), [4] },
        { "true is not one", Is("attributes.cached", 1.0), [] },
        { "null attribute is none", Is("attributes.nothing", null), [1, 2, 3, 4] },
        { "other or missing attribute", Compare(Neq, "attributes.city", "Berlin"), [1, 2, 4] },
        { "attribute that is there", Compare(Neq, "attributes.city", null), [3, 4] },
        { "attribute with an awkward key", Is("attributes.a \"b\".$[0]'c", "odd"), [4] },
        { "list attribute", Compare(Contains, "attributes.list", "\"two\""), [4] },
        { "one of several kinds", new Filter.In("attributes.cached", [true, "Berlin", 21.5, null]), [1, 2, 3] },
        { "not of an attribute", new Filter.Not(Compare(Contains, "attributes.city", "o")), [1, 2, 3] },
        { "attribute and column", new Filter.All([Compare(Gt, "attributes.degrees", 0.0), Is("status", "error")]), [3] },
    };

    [Theory]
    [MemberData(nameof(SpanConditions), DisableDiscoveryEnumeration = true)]
    public async Task Spans_are_found_by(string what, Filter filter, int[] expected)
    {
        await WriteAsync(
            Root(1),
            ModelCall(1, 2),
            ToolCall(1, 3, status: Error).With("city", "Berlin").With("degrees", 21.5).With("cached", true).With("nothing", null),
            ToolCall(1, 4, tool: "other").With("city", "Oslo").With("cached", false).With("a \"b\".$[0]'c", "odd").With("list", new JsonArray(1, "two")));

        var found = (await Queries.ListSpansAsync(new SpanQuery { Filter = filter })).Items;
        Assert.Equal((what, string.Join(',', expected)), (what, string.Join(',', Numbers(found).Order())));
        var all = (await Queries.ListSpansAsync(new SpanQuery())).Items;
        Assert.Equal(Numbers(all.Where(filter.Matches)), Numbers(found));
    }

    [Theory]
    [InlineData("50% OFF", 0)]
    [InlineData("%", 0)]
    [InlineData("_", 0)]
    [InlineData(@"\", 2)]
    [InlineData("it's \"", 3)]
    [InlineData("grüsse AUS köln", 4)]
    [InlineData("' OR 1=1 --", null)]
    [InlineData("*", null)]
    [InlineData("?", null)]
    public async Task Text_is_searched_literally_and_without_case(string text, int? expected)
    {
        await WriteAsync(_awkward.SelectMany((name, n) => new[] { Root(n) with { Name = name }, ToolCall(n, n + 10) with { Name = $"tool {name}" } }).ToList());
        int[] wanted = expected is { } one ? [one] : [];
        Assert.Equal(wanted, await TraceNumbersAsync(new TraceQuery { Filter = Compare(Contains, "name", text) }));
        var spans = await SpanNumbersAsync(new SpanQuery { Filter = Compare(StartsWith, "name", $"TOOL {_awkward[expected ?? 5]}"), Type = "TOOL" });
        Assert.Equal([(expected ?? 5) + 10], spans);
    }

    [Fact]
    public async Task A_search_is_paged_like_the_list()
    {
        await WriteAsync(Enumerable.Range(0, 9).Select(n => Root(n).At(Minute(n)) with { Name = n % 2 == 0 ? "even" : "odd" }).ToList());
        var query = new TraceQuery { Filter = Compare(Contains, "name", "EVEN"), Limit = 3 };
        var first = await Queries.ListTracesAsync(query);
        var second = await Queries.ListTracesAsync(query with { Cursor = first.NextCursor });
        Assert.Equal([8, 6, 4], Numbers(first.Items));
        Assert.Equal([2, 0], Numbers(second.Items));
        Assert.Null(second.NextCursor);
    }

    [Fact]
    public async Task A_condition_joins_the_other_filters()
    {
        await WriteAsync(Root(1) with { UserId = "u1" }, Root(2, status: Error) with { UserId = "u1" }, Root(3) with { UserId = "u2" });
        var either = new Filter.Any([Is("status", "ok"), Is("user_id", "u2")]);
        Assert.Equal([1], await TraceNumbersAsync(new TraceQuery { UserId = "u1", Filter = either }));
    }

    [Fact]
    public async Task An_unknown_key_is_refused()
    {
        await WriteAsync(Root(1));
        await Assert.ThrowsAsync<ArgumentException>(() => Queries.ListTracesAsync(new TraceQuery { Filter = Is("attributes.city", "x") }));
        await Assert.ThrowsAsync<ArgumentException>(() => Queries.ListSpansAsync(new SpanQuery { Filter = Is("name; DROP TABLE spans", "x") }));
    }

    private static Filter.Compare Is(string key, object? value) => Compare(Eq, key, value);

    private static Filter.Compare Compare(FilterOperator op, string key, object? value) => new(op, key, value);

    private static Filter Deep(Filter inner, int levels) => levels == 0 ? inner : new Filter.Not(Deep(inner, levels - 1));
}
