using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Traces;

namespace AgentFunctions.Tests.Telemetry;

public sealed class TraceTreeTests
{
    private static readonly List<SpanRecord> _spans =
        [.. RunSpans.All(Sample.Run(), Sample.Agent, Sample.Work).Select(f => SpanRecords.From(Sample.Run(), f, SpanRule.Full))];

    [Fact]
    public void The_root_holds_its_children_by_start_time()
    {
        var root = Assert.Single(Build(_spans).Tree);

        Assert.Equal(("invoke_agent weather", "AGENT"), (root.Name, root.Type));
        Assert.Equal(
            ["chat gpt-4o-mini", "chat gpt-4o-mini", "execute_tool get_weather", "execute_tool get_weather", "chat gpt-4o-mini"],
            root.Children.Select(c => c.Name));
        Assert.Equal(root.Children.Select(c => c.StartTime).Order(), root.Children.Select(c => c.StartTime));
    }

    [Fact]
    public void The_order_of_arrival_changes_nothing()
    {
        Assert.Equal(AgentJson.Serialize(Build(_spans)), AgentJson.Serialize(Build([.. Enumerable.Reverse(_spans)])));
    }

    [Fact]
    public void Status_is_the_runs_own_and_errors_are_counted_beside_it()
    {
        var tree = Build(_spans);

        Assert.Equal(("ok", 2, 6), (tree.Status, tree.ErrorCount, tree.TotalSpans));
    }

    [Fact]
    public void A_failed_run_without_a_failed_step_has_status_error()
    {
        var run = Sample.Run() with { Status = RunStatus.Error };

        var tree = Build([SpanRecords.From(run, RunSpans.Root(run, Sample.Agent, null), SpanRule.Full)]);

        Assert.Equal(("error", 1), (tree.Status, tree.ErrorCount));
    }

    [Fact]
    public void Tokens_are_summed_over_the_model_calls_and_not_counted_twice_with_the_root()
    {
        Assert.Equal(new RunUsage(30, 12, 4, 8), Build(_spans).Usage);
    }

    [Fact]
    public void Without_the_root_the_run_is_running_and_its_spans_are_roots()
    {
        var tree = Build([.. _spans.Where(s => s.Type != "AGENT")]);

        Assert.Equal(("running", "chat gpt-4o-mini", 5), (tree.Status, tree.Name, tree.Tree.Count));
    }

    [Fact]
    public void A_run_in_a_callers_trace_is_a_root_although_it_has_a_parent()
    {
        var run = Sample.Run(traceParent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");

        var tree = Build([SpanRecords.From(run, RunSpans.Root(run, Sample.Agent, null), SpanRule.Full)]);

        Assert.Equal(("ok", "00f067aa0ba902b7"), (tree.Status, Assert.Single(tree.Tree).ParentSpanId));
    }

    [Fact]
    public void The_trace_lasts_from_its_first_start_to_its_last_end()
    {
        var tree = Build(_spans);

        Assert.Equal((Sample.Start.AddSeconds(1), Sample.Start.AddSeconds(9), 8000.0), (tree.StartTime, tree.EndTime, tree.DurationMs));
    }

    [Fact]
    public void The_json_is_that_of_the_api()
    {
        var json = JsonNode.Parse(AgentJson.Serialize(Build(_spans)))!.AsObject();

        Assert.Equal(
            ["trace_id", "name", "status", "start_time", "end_time", "duration_ms", "total_spans", "error_count", "usage", "cost_usd", "unpriced_calls", "tree"],
            json.Select(p => p.Key));
        var node = json["tree"]![0]!.AsObject();
        Assert.Superset(
            new HashSet<string> { "span_id", "name", "type", "status", "start_time", "duration_ms", "attributes", "events", "children" },
            node.Select(p => p.Key).ToHashSet());
        Assert.Equal(42, (int)json["usage"]!["total_tokens"]!);
        Assert.Equal("exception", (string)node["children"]![0]!["events"]![0]!["name"]!);
    }

    [Fact]
    public void Token_counts_that_were_read_back_from_json_count_as_well()
    {
        var stored = _spans.Select(s => s with { Attributes = JsonNode.Parse(s.Attributes.ToJsonString())!.AsObject() });

        Assert.Equal(42, Build([.. stored]).Usage.TotalTokens);
    }

    [Fact]
    public void A_trace_without_spans_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Build([]));
    }

    private static TraceTree Build(IReadOnlyList<SpanRecord> spans) => TraceTree.Build(Sample.Run().TraceId, spans);
}
