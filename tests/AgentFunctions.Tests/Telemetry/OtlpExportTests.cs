using System.Diagnostics;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Export;

namespace AgentFunctions.Tests.Telemetry;

[Collection(TelemetryTests.Name)]
public sealed class OtlpExportTests
{
    [Fact]
    public async Task A_run_arrives_over_http_with_its_ids_times_and_attributes()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await TracingHost.StartAsync(new()
        {
            ServiceName = "my-agents",
            Exporters = [ExporterOptions.To("tempo", OtlpTarget.At(receiver.Address, OtlpProtocol.HttpProtobuf))],
        });

        foreach (var facts in RunSpans.All(Sample.Run(), Sample.Agent, Sample.Work))
            host.Tracer.Emit(Sample.Run(), facts);
        await host.StopAsync();

        var request = await receiver.NextAsync();
        Assert.Equal("/v1/traces", request.Path);
        Assert.Equal("my-agents", request.Resource["service.name"]);
        Assert.Equal(("AgentFunctions", AgentTelemetry.Version), request.Scope);
        var spans = request.Spans;
        Assert.Equal(6, spans.Count);
        var root = spans.Single(s => s.Name == "invoke_agent weather");
        Assert.Null(root.ParentSpanId);
        Assert.Equal((Sample.Run().TraceId, RunTrace.Of(Sample.Run()).SpanId("").ToHexString(), 1), (root.TraceId, root.SpanId, root.Kind));
        Assert.All(spans.Where(s => s != root), s => Assert.Equal(root.SpanId, s.ParentSpanId));
        AssertChat(spans.Single(s => s.Tags.GetValueOrDefault("gen_ai.response.id") as string == "resp_1"));
        Assert.Equal(2, spans.Count(s => s.Status == 2));
    }

    private static void AssertChat(OtlpSpan chat)
    {
        Assert.Equal((Sample.ToolCallingAnswer.StartedAt, Sample.ToolCallingAnswer.EndedAt, 3), (chat.Start, chat.End, chat.Kind));
        Assert.Equal(10L, chat.Tags["gen_ai.usage.input_tokens"]);
        Assert.Equal(0.25, chat.Tags["gen_ai.response.time_to_first_chunk"]);
        Assert.Equal(true, chat.Tags["gen_ai.request.stream"]);
        Assert.Equal("tool_call", chat.Tags["gen_ai.response.finish_reasons"]);
        Assert.DoesNotContain("gen_ai.input.messages", chat.Tags.Keys);
    }

    [Fact]
    public async Task The_root_of_a_run_with_a_caller_arrives_with_the_caller_as_parent()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await TracingHost.StartAsync(new() { Exporters = [ExporterOptions.To("tempo", OtlpTarget.At(receiver.Address, OtlpProtocol.HttpProtobuf))] });

        await host.Tracer.FinishAsync(Sample.Run(traceParent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), Sample.Agent, CancellationToken.None);
        await host.StopAsync();

        var root = Assert.Single((await receiver.NextAsync()).Spans);
        Assert.Equal(("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"), (root.TraceId, root.ParentSpanId));
    }

    [Fact]
    public async Task A_run_arrives_over_grpc()
    {
        await using var receiver = await OtlpReceiver.StartAsync(grpc: true);
        await using var host = await TracingHost.StartAsync(new()
        {
            Exporters = [ExporterOptions.To("tempo", OtlpTarget.At(receiver.Address, OtlpProtocol.Grpc, new Dictionary<string, string> { ["authorization"] = "Bearer a=b c%" }))],
        });

        await host.Tracer.FinishAsync(Sample.Run(), Sample.Agent, CancellationToken.None);
        await host.StopAsync();

        var request = await receiver.NextAsync();
        Assert.Equal("invoke_agent weather", Assert.Single(request.Spans).Name);
        Assert.Equal("Bearer a=b c%", request.Headers["authorization"]);
    }

    [Fact]
    public async Task The_standard_variables_name_endpoint_protocol_headers_and_service()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await TracingHost.StartAsync(settings: new()
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Address.AbsoluteUri,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_EXPORTER_OTLP_HEADERS"] = "x-key=one",
            ["OTEL_SERVICE_NAME"] = "from-the-variable",
        });

        await host.Tracer.FinishAsync(Sample.Run(), Sample.Agent, CancellationToken.None);
        await host.StopAsync();

        var request = await receiver.NextAsync();
        Assert.Equal(("/v1/traces", "one", "from-the-variable"), (request.Path, request.Headers["x-key"], request.Resource["service.name"]));
    }

    [Fact]
    public async Task Each_exporter_gets_every_span_and_no_other_exporters_headers()
    {
        await using var standard = await OtlpReceiver.StartAsync();
        await using var other = await OtlpReceiver.StartAsync();
        await using var host = await TracingHost.StartAsync(
            new() { Exporters = [ExporterOptions.To("other", OtlpTarget.At(other.Address, OtlpProtocol.HttpProtobuf))] },
            settings: new()
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = standard.Address.AbsoluteUri,
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_EXPORTER_OTLP_HEADERS"] = "x-key=one",
            });

        await host.Tracer.FinishAsync(Sample.Run(), Sample.Agent, CancellationToken.None);
        await host.StopAsync();

        Assert.Equal("one", (await standard.NextAsync()).Headers["x-key"]);
        var request = await other.NextAsync();
        Assert.DoesNotContain("x-key", request.Headers.Keys);
        Assert.Single(request.Spans);
    }

    [Fact]
    public async Task A_hanging_endpoint_does_not_delay_a_run()
    {
        await using var receiver = await OtlpReceiver.StartAsync(hangs: true);
        await using var host = await TracingHost.StartAsync(new() { Exporters = [ExporterOptions.To("slow", OtlpTarget.At(receiver.Address, OtlpProtocol.HttpProtobuf))] });
        // Fills an export batch, so that the exporter sends at once and hangs.
        var chat = RunSpans.Chat(Sample.Run(), Sample.Agent, Sample.FinalAnswer, [], null);
        for (var i = 0; i < 512; i++)
            host.Tracer.Emit(Sample.Run(), chat);
        await receiver.NextAsync();

        var clock = Stopwatch.StartNew();
        await host.Tracer.FinishAsync(Sample.Run(), Sample.Agent, CancellationToken.None);

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(2), $"FinishAsync took {clock.Elapsed}.");
        Assert.Contains(host.Traces.Spans, s => s.Name == "invoke_agent weather");
        await receiver.DisposeAsync();
    }
}
