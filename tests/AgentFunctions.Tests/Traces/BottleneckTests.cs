// Where the time of a trace went.
using System.Text.Json.Nodes;
using AgentFunctions.Telemetry;
using AgentFunctions.Tests.Storage;
using AgentFunctions.Traces;

namespace AgentFunctions.Tests.Traces;

public sealed class BottleneckTests
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";

    // A run of one second: the model for 300 ms, then two tools at once for 600 and 200 ms, the last 100 ms its own.
    private static readonly SpanRecord[] _spans =
    [
        Span(1, null, "invoke_agent weather", "AGENT", 0, 1000),
        Span(2, 1, "chat gpt", "LLM", 0, 300) with
        {
            Attributes = new JsonObject
            {
                [GenAiAttributes.UsageInputTokens] = 20L,
                [GenAiAttributes.UsageOutputTokens] = 5L,
                [GenAiAttributes.CostUsd] = 0.5,
            },
        },
        Span(3, 1, "execute_tool slow", "TOOL", 300, 900),
        Span(4, 1, "execute_tool slow", "TOOL", 500, 700) with { Status = 2 },
    ];

    [Fact]
    public void Time_counts_where_the_work_was_done_and_the_largest_share_comes_first()
    {
        var rows = Bottleneck.Of(_spans);

        Assert.Equal(["execute_tool slow", "chat gpt", "invoke_agent weather"], rows.Select(r => r.Operation));
        Assert.Equal([800.0, 300.0, 100.0], rows.Select(r => r.SelfDurationMs));
        Assert.Equal([80.0, 30.0, 10.0], rows.Select(r => r.SharePercent));
    }

    [Fact]
    public void A_row_has_calls_durations_errors_tokens_cost_and_the_slowest_span()
    {
        var rows = Bottleneck.Of(_spans).ToDictionary(r => r.Operation);

        var tool = rows["execute_tool slow"];
        Assert.Equal((2, 800.0, 400.0, 600.0, 1), (tool.Calls, tool.TotalDurationMs, tool.AvgDurationMs, tool.MaxDurationMs, tool.Errors));
        Assert.Equal(("weather", "TOOL", Id(3)), (tool.Agent, tool.Type, tool.SlowestSpanId));
        Assert.Equal((25L, 0.5m), (rows["chat gpt"].Usage.TotalTokens, rows["chat gpt"].CostUsd));
        Assert.Equal((0L, null), (tool.Usage.TotalTokens, tool.CostUsd));
    }

    [Fact]
    public void A_childs_time_beyond_its_parents_is_not_taken_from_the_parent()
    {
        var rows = Bottleneck.Of([Span(1, null, "parent", "CHAIN", 100, 200), Span(2, 1, "child", "TOOL", 50, 150), Span(3, 1, "child", "TOOL", 190, 300)]);

        Assert.Equal(40, rows.Single(r => r.Operation == "parent").SelfDurationMs);
    }

    [Fact]
    public void A_trace_without_duration_has_no_shares_and_one_without_spans_no_rows()
    {
        Assert.Equal(0, Assert.Single(Bottleneck.Of([Span(1, null, "instant", "CHAIN", 5, 5)])).SharePercent);
        Assert.Empty(Bottleneck.Of([]));
    }

    private static string Id(int number) => number.ToString("x16");

    private static SpanRecord Span(int id, int? parent, string name, string type, int from, int to) => Samples.Span(Trace, Id(id), name) with
    {
        ParentSpanId = parent is { } p ? Id(p) : null,
        Type = type,
        AgentId = "weather",
        StartTime = Samples.Start.AddMilliseconds(from),
        EndTime = Samples.Start.AddMilliseconds(to),
        Attributes = [],
    };
}
