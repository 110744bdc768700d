using AgentFunctions.Telemetry;
using AgentFunctions.Tests.Engine;

namespace AgentFunctions.Tests.Telemetry;

/// <summary>The keys `span_timeout` and `debug`.</summary>
[Collection(TelemetryTests.Name)]
public sealed class SpanTimeoutTests
{
    private const string Mark = "agentfunctions.span.timeout";

    private static readonly SpanFacts _chat = RunSpans.Chat(Sample.Run(), Sample.Agent, Sample.FinalAnswer, [], null);

    private readonly FakeTime _time = new();

    [Fact]
    public async Task A_call_that_takes_too_long_is_logged_once_goes_on_and_is_marked()
    {
        await using var host = await TracingHost.StartAsync(new() { SpanTimeout = TimeSpan.FromSeconds(30), Writer = new() { Simple = true } }, _time);

        using (var scope = host.Tracer.StartChat(Sample.Run(), Sample.Agent, 2, 1, Sample.Start))
        {
            _time.Advance(TimeSpan.FromSeconds(29));
            Assert.Empty(host.Log.Warnings);
            _time.Advance(TimeSpan.FromSeconds(1));
            _time.Advance(TimeSpan.FromMinutes(10));
            scope.Complete(_chat);
        }

        var line = Assert.Single(host.Log.Warnings);
        Assert.Equal(1209, line.Id);
        Assert.Contains("run_1", line.Text, StringComparison.Ordinal);
        Assert.Contains("step:2/chat:1", line.Text, StringComparison.Ordinal);
        Assert.True((bool)Assert.Single(await host.StoredAsync()).Attributes[Mark]!);
        Assert.Equal(true, host.Exported.Spans.Single().Tags[Mark]);
    }

    [Fact]
    public async Task A_call_that_ends_in_time_is_neither_logged_nor_marked()
    {
        await using var host = await TracingHost.StartAsync(new() { SpanTimeout = TimeSpan.FromSeconds(30), Writer = new() { Simple = true } }, _time);

        using (var scope = host.Tracer.StartChat(Sample.Run(), Sample.Agent, 2, 1, Sample.Start))
            scope.Complete(_chat);
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Empty(host.Log.Warnings);
        Assert.False(Assert.Single(await host.StoredAsync()).Attributes.ContainsKey(Mark));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public async Task Debug_logs_each_span_as_it_ends(bool debug, int lines)
    {
        await using var host = await TracingHost.StartAsync(new() { Debug = debug });

        host.Tracer.Emit(Sample.Run(), _chat);

        Assert.Equal(lines, host.Log.All.Count(l => l.Id == 1208 && l.Text.Contains("chat gpt-4o-mini", StringComparison.Ordinal)));
    }
}
