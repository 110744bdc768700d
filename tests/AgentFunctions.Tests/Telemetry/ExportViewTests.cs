using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Export;
using AgentFunctions.Tests.Configuration;

namespace AgentFunctions.Tests.Telemetry;

/// <summary>Each exporter has its own filter, its own share of the runs and its own view of a span.</summary>
[Collection(TelemetryTests.Name)]
public sealed class ExportViewTests
{
    [Fact]
    public async Task Content_is_what_each_exporter_is_allowed()
    {
        var (open, closed) = await ExportAsync("content: true", "content: false");

        Assert.All(open.Where(s => s.Kind == 3), s => Assert.Contains("gen_ai.input.messages", s.Tags.Keys));
        Assert.All(closed, s => Assert.DoesNotContain("gen_ai.input.messages", s.Tags.Keys));
        Assert.Equal(open.Select(s => s.SpanId).Order(), closed.Select(s => s.SpanId).Order());
    }

    [Fact]
    public async Task Redaction_of_one_exporter_does_not_reach_another()
    {
        var (redacted, plain) = await ExportAsync(
            "content: true, redaction: { patterns: [{ name: city, pattern: \"Oslo\" }] }", "content: true");

        Assert.Contains(plain, s => Says(s, "Oslo"));
        Assert.DoesNotContain(redacted, s => Says(s, "Oslo"));
        Assert.Contains(redacted, s => Says(s, "[REDACTED:city]"));
    }

    [Fact]
    public async Task Long_content_is_cut_for_one_exporter_only()
    {
        var (cut, whole) = await ExportAsync("content: true, max_content_chars: 100", "content: true");

        Assert.All(cut.SelectMany(s => s.Tags).Where(t => t.Key.EndsWith(".messages", StringComparison.Ordinal)), t => Assert.True(((string)t.Value!).Length <= 100));
        Assert.Contains(whole.SelectMany(s => s.Tags), t => t is { Key: "gen_ai.input.messages", Value: string { Length: > 100 } });
    }

    [Theory]
    [InlineData("types: [TOOL]", 2)]
    [InlineData("operations: [chat]", 3)]
    [InlineData("errors: true", 2)]
    [InlineData("types: [TOOL], errors: true", 1)]
    [InlineData("min_duration: 2s", 1)]
    [InlineData("agents: [weather]", 6)]
    [InlineData("agents: [other]", 0)]
    public async Task An_exporter_gets_the_spans_that_it_asks_for(string only, int expected)
    {
        var (some, all) = await ExportAsync($"only: {{ {only} }}", "content: false");

        Assert.Equal((expected, 6), (some.Count, all.Count));
    }

    [Fact]
    public void An_exporters_share_of_the_runs_is_whole_runs_within_the_larger_share()
    {
        var ids = Enumerable.Range(0, 1000).Select(i => RunTrace.Create($"run_{i}", null)).ToList();
        var exported = ids.Where(new RunSampling(0.5).Export).Select(t => t.TraceIdHex).ToHashSet();
        var smaller = ids.Select(t => t.TraceIdHex).Where(id => RunSampling.IsWithin(id, 0.2)).ToList();

        Assert.InRange(smaller.Count, 150, 250);
        Assert.All(smaller, id => Assert.Contains(id, exported));
    }

    [Fact]
    public async Task A_run_outside_an_exporters_share_is_absent_there()
    {
        var (none, all) = await ExportAsync("sampling_rate: 0", "sampling_rate: 1");

        Assert.Equal((0, 6), (none.Count, all.Count));
    }

    [Fact]
    public async Task What_a_tools_own_code_adds_is_exported_and_redacted()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await TracingHost.StartAsync(Options(receiver, "redaction: { patterns: [{ name: station, pattern: \"north-[0-9]+\" }] }"));

        using (var scope = host.Tracer.StartTool(Sample.Run(), Sample.Agent, new ToolStep("run_1", 1, "call_7", "get_weather"), Sample.Start))
        {
            System.Diagnostics.Activity.Current!.SetTag("weather.station", "north-7").SetTag("weather.tries", 2);
            scope.Complete(RunSpans.Tool(Sample.Run(), Sample.Agent, Sample.GoodTool, null, null));
        }

        await host.StopAsync();
        var span = Assert.Single((await receiver.NextAsync()).Spans);
        Assert.Equal(("[REDACTED:station]", 2L), (span.Tags["weather.station"], span.Tags["weather.tries"]));
    }

    [Fact]
    public async Task What_a_build_adds_sees_each_span_once_in_its_own_view()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await TracingHost.StartAsync(Options(receiver, "content: true"));

        EmitAll(host);
        await host.StopAsync();

        Assert.Equal(6, host.Exported.Spans.Count);
        Assert.All(host.Exported.Spans, s => Assert.DoesNotContain("gen_ai.input.messages", s.Tags.Keys));
        Assert.Equal(6, (await receiver.NextAsync()).Spans.Count);
    }

    [Fact]
    public async Task Console_writes_one_line_a_span()
    {
        var console = Console.Out;
        using var output = new StringWriter();
        Console.SetOut(output);
        try
        {
            await using var host = await TracingHost.StartAsync(ExportPresetTests.Options("{ type: console, format: json }"));
            EmitAll(host);
            await host.StopAsync();
        }
        finally
        {
            Console.SetOut(console);
        }

        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l.Contains("run_1", StringComparison.Ordinal)).ToList();
        Assert.Equal(6, lines.Count);
        Assert.All(lines, line => Assert.Equal(Sample.Run().TraceId, (string?)System.Text.Json.Nodes.JsonNode.Parse(line)!["trace_id"]));
    }

    private static bool Says(OtlpSpan span, string text) => span.Tags.Values.OfType<string>().Any(v => v.Contains(text, StringComparison.Ordinal));

    private static void EmitAll(TracingHost host)
    {
        foreach (var facts in RunSpans.All(Sample.Run(), Sample.Agent, Sample.Work))
            host.Tracer.Emit(Sample.Run(), facts);
    }

    // The sample run, sent to two exporters with these options.
    private static async Task<(IReadOnlyList<OtlpSpan> First, IReadOnlyList<OtlpSpan> Second)> ExportAsync(string first, string second)
    {
        await using var one = await OtlpReceiver.StartAsync();
        await using var other = await OtlpReceiver.StartAsync();
        await using var host = await TracingHost.StartAsync(Options((one, first), (other, second)));
        EmitAll(host);
        await host.StopAsync();
        return (one.Received, other.Received);
    }

    private static TracingOptions Options(OtlpReceiver receiver, string options) => Options((receiver, options));

    private static TracingOptions Options(params (OtlpReceiver Receiver, string Options)[] exporters)
    {
        var entries = exporters.Select((e, i) => $"{{ name: e{i}, type: otlp, protocol: http/protobuf, endpoint: \"{e.Receiver.Address}\", {e.Options} }}");
        return TracingFromConfiguration.Map(TemporaryFile.Load($"observability: {{ exporters: [{string.Join(", ", entries)}] }}").Observability, _ => null);
    }
}
