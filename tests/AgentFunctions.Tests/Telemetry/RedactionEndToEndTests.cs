using AgentFunctions.Agents;
using AgentFunctions.Models;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Export;
using AgentFunctions.Telemetry.Redaction;

namespace AgentFunctions.Tests.Telemetry;

/// <summary>Redaction as an app has it that configures nothing: before the own store and before exports.</summary>
[Collection(TelemetryTests.Name)]
public sealed class RedactionEndToEndTests
{
    private const string Key = "sk-" + "proj-a1B2c3D4e5F6g7H8i9";
    private const string Address = "ola@mail.example";

    [Fact]
    public async Task A_key_reaches_neither_the_store_nor_an_exporter_and_an_address_only_the_store()
    {
        var options = new TracingOptions { View = new ExportView { Content = true } };
        await using var host = await TracingHost.StartAsync(options);
        var run = Sample.Run() with { Input = $"Use {Key}, write to {Address}" };

        host.Tracer.Emit(run, RunSpans.Root(run, Sample.Agent, "stop"));
        host.Tracer.Emit(run, RunSpans.Chat(run, Sample.Agent, Sample.FinalAnswer, [Message.User(run.Input)], null));

        var stored = string.Concat((await host.StoredAsync()).Select(AgentJson.Serialize));
        var exported = string.Concat(host.Exported.Spans.SelectMany(s => s.Tags.Values).OfType<string>());
        Assert.DoesNotContain(Key, stored + exported, StringComparison.Ordinal);
        Assert.Contains($"Use [REDACTED:keys], write to {Address}", stored, StringComparison.Ordinal);
        Assert.Contains("Use [REDACTED:keys], write to [REDACTED:email]", exported, StringComparison.Ordinal);
        Assert.DoesNotContain(Address, exported, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_span_that_is_written_again_at_the_end_of_the_run_is_redacted_as_well()
    {
        var rule = SpanRule.Full with { Redactor = Redactor.Create(new() { Own = [new("city", "Oslo")] }) };
        await using var host = await TracingHost.StartAsync(new TracingOptions { StoreRule = rule });
        var run = Sample.Run();

        await host.Tracer.FinishAsync(run, Sample.Agent, CancellationToken.None);

        var stored = await host.StoredAsync();
        Assert.Equal(6, stored.Count);
        Assert.All(stored, s => Assert.DoesNotContain("Oslo", AgentJson.Serialize(s), StringComparison.Ordinal));
    }
}
