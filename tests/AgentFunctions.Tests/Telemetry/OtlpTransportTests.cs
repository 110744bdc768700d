using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Export;

namespace AgentFunctions.Tests.Telemetry;

/// <summary>What is on the wire is what the exporter was told.</summary>
[Collection(TelemetryTests.Name)]
public sealed class OtlpTransportTests
{
    private static readonly Dictionary<string, string> _oddHeaders = new()
    {
        ["x-base64"] = "YTpiPT0=",
        ["x-comma"] = "a,b",
        ["x-percent"] = "100%25 of %",
        ["x-equals"] = "a=b=c",
        ["x-unicode"] = "été ✓",
        ["x-quotes"] = "\"a\"; b='c'",
    };

    [Theory]
    [InlineData(OtlpProtocol.HttpProtobuf)]
    [InlineData(OtlpProtocol.Grpc)]
    public async Task Headers_arrive_as_they_were_given(OtlpProtocol protocol)
    {
        var request = await SendAsync(protocol, target => target with { Headers = _oddHeaders });

        Assert.All(_oddHeaders, header => Assert.Equal(header.Value, request.Headers[header.Key]));
    }

    [Theory]
    [InlineData(OtlpProtocol.HttpProtobuf, "content-encoding")]
    [InlineData(OtlpProtocol.Grpc, "grpc-encoding")]
    public async Task Gzip_compresses_what_is_sent(OtlpProtocol protocol, string header)
    {
        var request = await SendAsync(protocol, target => target with { Gzip = true });

        Assert.Equal("gzip", request.Headers[header]);
        Assert.Equal("invoke_agent weather", Assert.Single(request.Spans).Name);
    }

    [Fact]
    public async Task Resource_attributes_of_the_variable_arrive()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await TracingHost.StartAsync(
            new() { Exporters = [ExporterOptions.To("x", OtlpTarget.At(receiver.Address, OtlpProtocol.HttpProtobuf))] },
            settings: new() { ["OTEL_RESOURCE_ATTRIBUTES"] = "deployment.environment.name=staging,team=blue" });

        await host.Tracer.FinishAsync(Sample.Run(), Sample.Agent, CancellationToken.None);
        await host.StopAsync();

        var resource = (await receiver.NextAsync()).Resource;
        Assert.Equal(("staging", "blue", "agentfunctions"), (resource["deployment.environment.name"], resource["team"], resource["service.name"]));
    }

    private static async Task<OtlpRequest> SendAsync(OtlpProtocol protocol, Func<OtlpTarget, OtlpTarget> change)
    {
        await using var receiver = await OtlpReceiver.StartAsync(grpc: protocol == OtlpProtocol.Grpc);
        await using var host = await TracingHost.StartAsync(
            new() { Exporters = [ExporterOptions.To("x", change(OtlpTarget.At(receiver.Address, protocol)))] });
        await host.Tracer.FinishAsync(Sample.Run(), Sample.Agent, CancellationToken.None);
        await host.StopAsync();
        return await receiver.NextAsync();
    }
}
