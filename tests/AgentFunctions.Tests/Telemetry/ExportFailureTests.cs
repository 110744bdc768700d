using System.Diagnostics.Metrics;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Export;
using AgentFunctions.Tests.Engine;

namespace AgentFunctions.Tests.Telemetry;

/// <summary>What an exporter does not deliver is counted and told, and delays nobody.</summary>
[Collection(TelemetryTests.Name)]
public sealed class ExportFailureTests
{
    private static readonly SpanFacts _chat = RunSpans.Chat(Sample.Run(), Sample.Agent, Sample.FinalAnswer, [], null);

    [Theory]
    [InlineData(401, "http_401", "check the exporter's key")]
    [InlineData(404, "http_404", "check the path")]
    [InlineData(503, "http_503", "look at the back end's own log")]
    public async Task A_refused_batch_is_counted_and_logged_with_the_fix(int status, string reason, string fix)
    {
        using var failures = new FailureCounter();
        await using var receiver = await OtlpReceiver.StartAsync();
        receiver.Answer = status;
        await using var host = await TracingHost.StartAsync(To(OtlpTarget.At(receiver.Address, OtlpProtocol.HttpProtobuf)));

        host.Tracer.Emit(Sample.Run(), _chat);
        host.Tracer.Emit(Sample.Run(), _chat);
        await host.StopAsync();

        Assert.Equal(2, failures["back-end", reason]);
        var line = Assert.Single(host.Log.Warnings, l => l.Id == 1207).Text;
        Assert.Contains("back-end", line, StringComparison.Ordinal);
        Assert.Contains(fix, line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(16, "check the exporter's key")]
    [InlineData(12, "check the port")]
    public async Task A_refused_call_over_grpc_is_told_with_its_status(int status, string fix)
    {
        using var failures = new FailureCounter();
        await using var receiver = await OtlpReceiver.StartAsync(grpc: true);
        receiver.Answer = status;
        await using var host = await TracingHost.StartAsync(To(OtlpTarget.At(receiver.Address, OtlpProtocol.Grpc)));

        host.Tracer.Emit(Sample.Run(), _chat);
        await host.StopAsync();

        Assert.Equal(1, failures["back-end", $"grpc_{status}"]);
        Assert.Contains(fix, Assert.Single(host.Log.Warnings, l => l.Id == 1207).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_listening_is_told_as_such()
    {
        var receiver = await OtlpReceiver.StartAsync();
        var address = receiver.Address;
        await receiver.DisposeAsync();
        using var failures = new FailureCounter();
        await using var host = await TracingHost.StartAsync(To(OtlpTarget.At(address, OtlpProtocol.HttpProtobuf)));

        host.Tracer.Emit(Sample.Run(), _chat);
        await host.StopAsync();

        Assert.Equal(1, failures["back-end", "connection_refused"]);
        Assert.Contains($"nothing listens at {address.Authority}", Assert.Single(host.Log.Warnings, l => l.Id == 1207).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slow_answer_ends_at_the_exporters_timeout()
    {
        using var failures = new FailureCounter();
        await using var receiver = await OtlpReceiver.StartAsync(hangs: true);
        await using var host = await TracingHost.StartAsync(
            To(OtlpTarget.At(receiver.Address, OtlpProtocol.HttpProtobuf) with { Timeout = TimeSpan.FromMilliseconds(100) }));

        host.Tracer.Emit(Sample.Run(), _chat);
        await host.StopAsync();

        Assert.Equal(1, failures["back-end", "timeout"]);
    }

    [Fact]
    public async Task A_full_queue_drops_at_once_and_counts()
    {
        using var failures = new FailureCounter();
        await using var receiver = await OtlpReceiver.StartAsync(hangs: true);
        var options = To(OtlpTarget.At(receiver.Address, OtlpProtocol.HttpProtobuf), new ExportQueueOptions { MaxQueueSize = 3, MaxBatchSize = 3 });
        await using var host = await TracingHost.StartAsync(options);

        for (var i = 0; i < 5; i++)
            host.Tracer.Emit(Sample.Run(), _chat);

        Assert.Equal(2, failures["back-end", "queue_full"]);
        await receiver.DisposeAsync();
    }

    [Fact]
    public async Task An_endpoint_that_hangs_takes_nothing_from_the_others_when_the_app_stops()
    {
        await using var hanging = await OtlpReceiver.StartAsync(hangs: true);
        await using var good = await OtlpReceiver.StartAsync();
        await using var host = await TracingHost.StartAsync(new TracingOptions
        {
            Exporters =
            [
                ExporterOptions.To("hanging", OtlpTarget.At(hanging.Address, OtlpProtocol.HttpProtobuf)),
                ExporterOptions.To("good", OtlpTarget.At(good.Address, OtlpProtocol.HttpProtobuf)),
            ],
        });
        host.Tracer.Emit(Sample.Run(), _chat);

        var stopped = host.StopAsync();

        Assert.Single((await good.NextAsync()).Spans);
        await hanging.DisposeAsync();
        await stopped;
    }

    [Fact]
    public void Failures_are_logged_once_a_minute_with_their_sum()
    {
        var (time, log) = (new FakeTime(), new LogLines());
        var failures = new ExportFailures("tempo", time, log);

        failures.Add(1, "http_503", "first");
        failures.Add(2, "http_503", "second");
        failures.Add(3, "http_503", "third");
        time.Advance(TimeSpan.FromMinutes(1));
        failures.Add(4, "http_503", "fourth");

        Assert.Collection(
            log.Warnings,
            line => Assert.Contains("1 spans: first", line.Text, StringComparison.Ordinal),
            line => Assert.Contains("9 spans: fourth", line.Text, StringComparison.Ordinal));
    }

    private static TracingOptions To(OtlpTarget target, ExportQueueOptions? queue = null) =>
        new() { Exporters = [ExporterOptions.To("back-end", target) with { Queue = queue ?? new() }] };

    private sealed class FailureCounter : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly Dictionary<(string, string), long> _counts = [];

        public FailureCounter()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument is { Name: "agentfunctions.exporter.failures", Meter.Name: "AgentFunctions" })
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
            {
                lock (_counts)
                {
                    var key = ((string)tags[0].Value!, (string)tags[1].Value!);
                    _counts[key] = _counts.GetValueOrDefault(key) + count;
                }
            });
            _listener.Start();
        }

        public long this[string exporter, string reason]
        {
            get
            {
                lock (_counts)
                    return _counts.GetValueOrDefault((exporter, reason));
            }
        }

        public void Dispose() => _listener.Dispose();
    }
}
