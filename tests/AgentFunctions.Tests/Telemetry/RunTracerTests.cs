using System.Diagnostics;
using System.Text.Json.Nodes;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Tests.Engine;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Tests.Telemetry;

[Collection(TelemetryTests.Name)]
public sealed class RunTracerTests
{
    private const string Caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private static readonly RunRecord _run = Sample.Run();

    private static SpanFacts FinalChat { get; } = Chat(Sample.FinalAnswer);

    private static SpanFacts Chat(ModelStepResult result) =>
        RunSpans.Chat(_run, Sample.Agent, result, Sample.Work.InputOf(result), Sample.Work.OutputOf(result));

    [Fact]
    public async Task A_live_span_has_the_computed_ids_in_the_store_and_in_exports()
    {
        await using var host = await TracingHost.StartAsync();

        using (var scope = host.Tracer.StartChat(_run, Sample.Agent, 2, 1, Sample.FinalAnswer.StartedAt))
            scope.Complete(FinalChat);

        var trace = RunTrace.Of(_run);
        var (span, root) = (trace.SpanId(RunTrace.ChatPath(2, 1)), trace.SpanId(RunTrace.RootPath));
        var stored = Assert.Single(await host.StoredAsync());
        var exported = Assert.Single(host.Exported.Spans);
        Assert.Equal((_run.TraceId, span.ToHexString(), root.ToHexString()), (stored.TraceId, stored.SpanId, stored.ParentSpanId));
        Assert.Equal((_run.TraceId, span.ToHexString(), root), (exported.TraceId, exported.SpanId, exported.Parent));
        Assert.Equal((FinalChat.Start, FinalChat.End), (stored.StartTime, stored.EndTime));
        Assert.Equal((FinalChat.Start.UtcDateTime, FinalChat.End.UtcDateTime), (exported.Start, exported.End));
        Assert.Equal(("LLM", 3, "run_1", "ses_1", "u-42", "weather"), (stored.Type, stored.Kind, stored.RunId, stored.SessionId, stored.UserId, stored.AgentId));
    }

    [Fact]
    public async Task An_open_span_is_current_with_its_computed_id_and_gives_back_what_was_current()
    {
        await using var host = await TracingHost.StartAsync();
        using var function = new Activity("function CallModel").Start();

        using (var scope = host.Tracer.StartTool(_run, Sample.Agent, new ToolStep("run_1", 1, "call_7", "get_weather"), Sample.Start))
        {
            Assert.Equal(RunTrace.Of(_run).SpanId(RunTrace.ToolPath(1, "call_7")), Activity.Current!.SpanId);
            Assert.Contains(Activity.Current.SpanId.ToHexString(), Activity.Current.Id!, StringComparison.Ordinal);
            scope.Complete(RunSpans.Tool(_run, Sample.Agent, Sample.GoodTool, null, null));
        }

        Assert.Same(function, Activity.Current);
        var link = Assert.Single((await host.StoredAsync())[0].Links)!;
        Assert.Equal((function.TraceId.ToHexString(), function.SpanId.ToHexString()), ((string)link["trace_id"]!, (string)link["span_id"]!));
    }

    [Theory]
    [InlineData(true, "-01")]
    [InlineData(false, "-00")]
    public async Task Whom_a_run_calls_is_told_whether_it_is_sampled(bool export, string flags)
    {
        await using var host = await TracingHost.StartAsync();

        using var scope = host.Tracer.StartTool(Sample.Run(export: export), Sample.Agent, new ToolStep("run_1", 1, "call_7", "get_weather"), Sample.Start);

        Assert.EndsWith(flags, Activity.Current!.Id!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scope_that_was_not_completed_leaves_no_span()
    {
        await using var host = await TracingHost.StartAsync();
        using var function = new Activity("function CallModel").Start();

        host.Tracer.StartChat(_run, Sample.Agent, 1, 1, Sample.Start).Dispose();

        Assert.Same(function, Activity.Current);
        Assert.Empty(await host.StoredAsync());
        Assert.Empty(host.Exported.Spans);
    }

    [Fact]
    public async Task What_a_tools_own_code_adds_to_the_current_span_is_stored()
    {
        await using var host = await TracingHost.StartAsync();

        using (var scope = host.Tracer.StartTool(_run, Sample.Agent, new ToolStep("run_1", 1, "call_7", "get_weather"), Sample.Start))
        {
            Activity.Current!.SetTag("weather.station", "north").AddEvent(new ActivityEvent("cache miss"));
            scope.Complete(RunSpans.Tool(_run, Sample.Agent, Sample.GoodTool, null, null));
        }

        var stored = (await host.StoredAsync())[0];
        Assert.Equal("north", (string)stored.Attributes["weather.station"]!);
        Assert.Equal("cache miss", (string)stored.Events[0]!["name"]!);
    }

    [Fact]
    public async Task The_same_span_twice_is_stored_once()
    {
        await using var host = await TracingHost.StartAsync();

        host.Tracer.Emit(_run, FinalChat);
        host.Tracer.Emit(_run, FinalChat);

        Assert.Single(await host.StoredAsync());
    }

    [Fact]
    public async Task Content_is_in_the_store_and_not_in_exports()
    {
        await using var host = await TracingHost.StartAsync();

        await host.Tracer.FinishAsync(_run, Sample.Agent, CancellationToken.None);
        host.Tracer.Emit(_run, FinalChat);
        host.Tracer.Emit(_run, RunSpans.Tool(_run, Sample.Agent, Sample.FailedTool, null, Sample.Json("\"secret words\"")));

        var stored = await host.StoredAsync();
        Assert.All(stored.Where(s => s.Type is "LLM" or "AGENT"), s => Assert.True(s.Attributes.ContainsKey("gen_ai.input.messages")));
        Assert.Contains(stored, s => s.StatusMessage == "The server said: secret words");
        Assert.Equal(3, host.Exported.Spans.Count);
        Assert.All(host.Exported.Spans, s => Assert.DoesNotContain(s.Tags.Keys, ContentKeys.Contains));
        Assert.Equal("http_500", host.Exported.Single("execute_tool get_weather").StatusMessage);
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("span_only", true)]
    [InlineData("SPAN_AND_EVENT", true)]
    [InlineData("EVENT_ONLY", false)]
    [InlineData("NO_CONTENT", false)]
    [InlineData("false", false)]
    [InlineData("yes please", false)]
    public async Task The_variable_decides_about_content_in_exports(string value, bool captured)
    {
        await using var host = await TracingHost.StartAsync(settings: new() { ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = value });

        host.Tracer.Emit(_run, FinalChat);

        Assert.Equal(captured, Assert.Single(host.Exported.Spans).Tags.ContainsKey("gen_ai.output.messages"));
        Assert.Equal(value == "yes please" ? 1 : 0, host.Log.Warnings.Count(l => l.Text.Contains("yes please", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_configuration_decides_before_the_variable_about_content_in_exports()
    {
        await using var host = await TracingHost.StartAsync(
            new() { View = new() { Content = false } }, settings: new() { ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "true" });

        host.Tracer.Emit(_run, FinalChat);

        Assert.DoesNotContain("gen_ai.output.messages", Assert.Single(host.Exported.Spans).Tags.Keys);
    }

    [Fact]
    public async Task The_own_store_can_be_told_to_keep_no_content()
    {
        await using var host = await TracingHost.StartAsync(new() { StoreRule = SpanRule.Full with { Content = false }, View = new() { Content = true } });

        await host.Tracer.FinishAsync(_run, Sample.Agent, CancellationToken.None);

        Assert.All(await host.StoredAsync(), s => Assert.DoesNotContain(s.Attributes.Select(a => a.Key), ContentKeys.Contains));
        Assert.Contains("gen_ai.output.messages", host.Exported.Single("invoke_agent weather").Tags.Keys);
    }

    [Fact]
    public async Task A_run_that_is_not_sampled_is_stored_and_not_exported()
    {
        await using var host = await TracingHost.StartAsync();

        host.Tracer.Emit(Sample.Run(export: false), FinalChat);

        Assert.Single(await host.StoredAsync());
        Assert.Empty(host.Exported.Spans);
    }

    [Fact]
    public async Task The_end_of_a_run_emits_the_root_and_rewrites_exactly_what_the_store_lacks()
    {
        await using var host = await TracingHost.StartAsync();
        host.Tracer.Emit(_run, Chat(Sample.ToolCallingAnswer));
        host.Tracer.Emit(_run, FinalChat);
        var before = (await host.StoredAsync()).Count;

        await host.Tracer.FinishAsync(_run, Sample.Agent, CancellationToken.None);

        // Two spans were there; the root came by itself, and three were written again.
        Assert.Equal(2, before);
        Assert.Equal(2 + 3 + 1, host.Traces.Batches.Sum());
        var trace = RunTrace.Of(_run);
        Assert.Equal(
            RunSpans.All(_run, Sample.Agent, Sample.Work).Select(f => trace.SpanId(f.Path).ToHexString()).Order(),
            host.Traces.Spans.Select(s => s.SpanId).Order());
        Assert.Equal(3, host.Exported.Spans.Count);
    }

    [Fact]
    public async Task A_repaired_span_is_the_same_as_the_live_one()
    {
        await using var live = await TracingHost.StartAsync();
        await using var repaired = await TracingHost.StartAsync();

        foreach (var facts in RunSpans.All(_run, Sample.Agent, Sample.Work))
            live.Tracer.Emit(_run, facts);
        await repaired.Tracer.FinishAsync(_run, Sample.Agent, CancellationToken.None);

        Assert.Equal(Text(await live.StoredAsync()), Text(await repaired.StoredAsync()));

        static IEnumerable<string> Text(IEnumerable<AgentFunctions.Traces.SpanRecord> spans) => spans
            .OrderBy(s => s.SpanId, StringComparer.Ordinal)
            .Select(s => Sorted(System.Text.Json.JsonSerializer.SerializeToNode(s)!.AsObject()).ToJsonString());
    }

    [Fact]
    public async Task Ending_a_run_twice_changes_and_exports_nothing_more()
    {
        await using var host = await TracingHost.StartAsync();

        await host.Tracer.FinishAsync(_run, Sample.Agent, CancellationToken.None);
        var written = host.Traces.Batches.Sum();
        await host.Tracer.FinishAsync(_run, Sample.Agent, CancellationToken.None);

        Assert.Equal(written, host.Traces.Batches.Sum());
        Assert.Single(host.Exported.Spans);
    }

    [Theory]
    [InlineData(null, "0000000000000000")]
    [InlineData(Caller, "00f067aa0ba902b7")]
    public async Task The_root_has_the_caller_as_its_parent_or_none(string? traceParent, string parent)
    {
        await using var host = await TracingHost.StartAsync();
        using var ambient = new Activity("somebody else's").Start();

        await host.Tracer.FinishAsync(Sample.Run(traceParent: traceParent), Sample.Agent, CancellationToken.None);

        var root = host.Exported.Single("invoke_agent weather");
        Assert.Equal(parent, root.Parent.ToHexString());
        Assert.Equal(traceParent is null ? null : parent, host.Traces.Spans.Single(s => s.Type == "AGENT").ParentSpanId);
    }

    [Fact]
    public async Task The_end_of_a_run_gives_up_on_a_hanging_trace_store_after_five_seconds()
    {
        var time = new FakeTime();
        await using var host = await TracingHost.StartAsync(time: time);
        var gate = host.Traces.Gate = new TaskCompletionSource();

        var finish = host.Tracer.FinishAsync(_run, Sample.Agent, CancellationToken.None);
        Assert.False(finish.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(5));
        await finish.WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Single(host.Exported.Spans);
        Assert.Contains(host.Log.Warnings, l => l.Text.Contains("run run_1 may be incomplete", StringComparison.Ordinal));
        host.Traces.Gate = null;
        gate.SetResult();
    }

    [Fact]
    public async Task The_root_is_stored_although_the_run_store_fails()
    {
        await using var host = await TracingHost.StartAsync();
        host.Runs.Fails = true;

        await host.Tracer.FinishAsync(_run, Sample.Agent, CancellationToken.None);

        Assert.Equal("invoke_agent weather", Assert.Single(await host.StoredAsync()).Name);
    }

    [Fact]
    public async Task Stopping_the_host_stores_what_waits()
    {
        await using var host = await TracingHost.StartAsync(new() { Writer = new() { ScheduleDelay = TimeSpan.FromHours(1) } });
        host.Tracer.Emit(_run, FinalChat);

        await host.StopAsync();

        Assert.Single(host.Traces.Spans);
    }

    [Fact]
    public async Task The_own_store_works_when_the_OpenTelemetry_SDK_is_disabled()
    {
        await using var host = await TracingHost.StartAsync(settings: new() { ["OTEL_SDK_DISABLED"] = "true" });

        using (var scope = host.Tracer.StartChat(_run, Sample.Agent, 2, 1, Sample.Start))
            scope.Complete(FinalChat);

        Assert.Single(await host.StoredAsync());
        Assert.Empty(host.Exported.Spans);
    }

    [Fact]
    public async Task Nothing_is_traced_when_tracing_is_off()
    {
        await using var host = await TracingHost.StartAsync(new() { Enabled = false });

        using (var scope = host.Tracer.StartChat(_run, Sample.Agent, 2, 1, Sample.Start))
        {
            Assert.Null(Activity.Current);
            scope.Complete(FinalChat);
        }

        host.Tracer.Emit(_run, FinalChat);
        await host.Tracer.FinishAsync(_run, Sample.Agent, CancellationToken.None);

        Assert.Empty(await host.StoredAsync());
        Assert.Empty(host.Exported.Spans);
    }

    [Fact]
    public async Task Two_hosts_in_one_process_do_not_mix_their_stores()
    {
        await using var one = await TracingHost.StartAsync();
        await using var other = await TracingHost.StartAsync();

        one.Tracer.Emit(_run, FinalChat);

        Assert.Single(await one.StoredAsync());
        Assert.Empty(await other.StoredAsync());
    }

    [Fact]
    public async Task Where_the_runtime_takes_no_chosen_ids_the_store_still_has_them_and_a_warning_says_so()
    {
        var identity = new SpanIdentity((_, _) => throw new MissingFieldException("_spanId"));
        var (store, log, exported) = (new MemoryTraceStore(), new LogLines(), new ExportedSpans());
        using var logs = LoggerFactory.Create(logging => logging.AddProvider(log));
        await using var writer = new SpanWriter(store, new(), TimeProvider.System, logs.CreateLogger<SpanWriter>());
        using var pipeline = new TracingPipeline(
            new(), new ConfigurationBuilder().Build(), [exported], TimeProvider.System, logs.CreateLogger<TracingPipeline>(), identity);

        new RunTracer(pipeline, writer, new MemoryRunStore(), store, TimeProvider.System, logs.CreateLogger<RunTracer>()).Emit(_run, FinalChat);
        await writer.FlushAsync(TimeSpan.FromSeconds(20));

        var wanted = RunTrace.Of(_run).SpanId(FinalChat.Path).ToHexString();
        Assert.Equal(wanted, Assert.Single(store.Spans).SpanId);
        Assert.Equal(_run.TraceId, Assert.Single(exported.Spans).TraceId);
        Assert.NotEqual(wanted, exported.Spans[0].SpanId);
        Assert.Single(log.Warnings, l => l.Text.Contains("takes no chosen span ids", StringComparison.Ordinal));
    }

    [Fact]
    public void This_runtime_takes_chosen_ids_and_a_setter_without_effect_is_found_out()
    {
        Assert.True(SpanIdentity.Default.IsUsable);
        Assert.False(new SpanIdentity((_, _) => { }).IsUsable);
    }

    private static string[] ContentKeys { get; } =
    [
        "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.tool.definitions", "gen_ai.tool.call.arguments",
        "gen_ai.tool.call.result", "input.value", "output.value",
    ];

    private static JsonObject Sorted(JsonObject json)
    {
        if (json["Attributes"] is JsonObject attributes)
            json["Attributes"] = new JsonObject(attributes.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => KeyValuePair.Create(a.Key, a.Value?.DeepClone())));
        return json;
    }
}
