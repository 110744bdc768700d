using System.Text;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Aliases;
using AgentFunctions.Telemetry.Export;
using AgentFunctions.Tests.Configuration;

namespace AgentFunctions.Tests.Telemetry;

/// <summary>Each type of exporter as agents.yaml has it: what arrives at the back end, and where it goes by default.</summary>
[Collection(TelemetryTests.Name)]
public sealed class ExportPresetTests
{
    public static TheoryData<string, string, string[]> Presets() => new()
    {
        { "type: otlp, protocol: http/protobuf, headers: { x-key: k }", "/v1/traces", ["x-key=k"] },
        { "type: langfuse, public_key: pk-1, secret_key: sk-2", "/api/public/otel/v1/traces", [$"authorization={Basic("pk-1:sk-2")}", "x-langfuse-ingestion-version=4"] },
        { "type: logfire, token: pylf_v1", "/v1/traces", ["authorization=pylf_v1"] },
        { "type: datadog, api_key: dd-1", "/v1/traces", ["dd-api-key=dd-1", "dd-otlp-source=llmobs"] },
        { "type: phoenix, api_key: px-1, project: weather", "/v1/traces", ["authorization=Bearer px-1", "x-project-name=weather"] },
        { "type: grafana_cloud, zone: eu-west, instance_id: 12, token: glc", "/otlp/v1/traces", [$"authorization={Basic("12:glc")}"] },
        { "type: honeycomb, api_key: hc-1, dataset: agents", "/v1/traces", ["x-honeycomb-team=hc-1", "x-honeycomb-dataset=agents"] },
        { "type: langsmith, api_key: ls-1, project: weather", "/otel/v1/traces", ["x-api-key=ls-1", "Langsmith-Project=weather"] },
    };

    [Theory]
    [MemberData(nameof(Presets))]
    public async Task A_run_arrives_at_the_back_end_as_it_wants_it(string exporter, string path, string[] headers)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await TracingHost.StartAsync(Options($"{{ {exporter}, endpoint: \"{receiver.Address.AbsoluteUri.TrimEnd('/')}\" }}"));

        await host.Tracer.FinishAsync(Sample.Run(), Sample.Agent, CancellationToken.None);
        await host.StopAsync();

        var request = await receiver.NextAsync();
        Assert.Equal((path, "application/x-protobuf"), (request.Path, request.Headers["content-type"]));
        foreach (var pair in headers.Select(h => h.Split('=', 2)))
            Assert.Equal(pair[1], request.Headers[pair[0]]);
        var span = Assert.Single(request.Spans);
        Assert.Equal((Sample.Run().TraceId, "invoke_agent weather", "run_1"), (span.TraceId, span.Name, span.Tags["agentfunctions.run.id"]));
        Assert.DoesNotContain("gen_ai.input.messages", span.Tags.Keys);
    }

    [Theory]
    [InlineData("type: otlp", "http://localhost:4317/")]
    [InlineData("type: otlp, protocol: http/protobuf", "http://localhost:4318/v1/traces")]
    [InlineData("type: otlp, protocol: http/protobuf, endpoint: \"https://x.example/custom/v1/traces\"", "https://x.example/custom/v1/traces")]
    [InlineData("type: langfuse, public_key: p, secret_key: s", "https://cloud.langfuse.com/api/public/otel/v1/traces")]
    [InlineData("type: langfuse, public_key: p, secret_key: s, region: us", "https://us.cloud.langfuse.com/api/public/otel/v1/traces")]
    [InlineData("type: langfuse, public_key: p, secret_key: s, endpoint: \"https://cloud.langfuse.com/api/public/otel\"", "https://cloud.langfuse.com/api/public/otel/v1/traces")]
    [InlineData("type: langfuse, public_key: p, secret_key: s, endpoint: \"https://cloud.langfuse.com/api/public/otel/v1/traces\"", "https://cloud.langfuse.com/api/public/otel/v1/traces")]
    [InlineData("type: logfire, token: t", "https://logfire-us.pydantic.dev/v1/traces")]
    [InlineData("type: logfire, token: t, region: eu", "https://logfire-eu.pydantic.dev/v1/traces")]
    [InlineData("type: datadog, api_key: k", "https://otlp.datadoghq.com/v1/traces")]
    [InlineData("type: datadog, api_key: k, site: datadoghq.eu", "https://otlp.datadoghq.eu/v1/traces")]
    [InlineData("type: phoenix", "http://localhost:6006/v1/traces")]
    [InlineData("type: grafana_cloud, zone: prod-eu-west-0, instance_id: i, token: t", "https://otlp-gateway-prod-eu-west-0.grafana.net/otlp/v1/traces")]
    [InlineData("type: honeycomb, api_key: k", "https://api.honeycomb.io/v1/traces")]
    [InlineData("type: honeycomb, api_key: k, region: eu", "https://api.eu1.honeycomb.io/v1/traces")]
    [InlineData("type: langsmith, api_key: k", "https://api.smith.langchain.com/otel/v1/traces")]
    [InlineData("type: langsmith, api_key: k, region: eu", "https://eu.api.smith.langchain.com/otel/v1/traces")]
    public void It_goes_where_the_back_end_listens(string exporter, string endpoint)
    {
        var target = Assert.IsType<OtlpTarget>(Assert.Single(Options($"{{ {exporter} }}").Exporters).Target);

        Assert.Equal(endpoint, target.Endpoint.AbsoluteUri);
    }

    [Fact]
    public void A_header_of_ones_own_wins_over_that_of_the_type()
    {
        var target = Assert.IsType<OtlpTarget>(Options("{ type: datadog, api_key: k, headers: { DD-OTLP-Source: datadog } }").Exporters[0].Target);

        Assert.Equal(("k", "datadog"), (target.Headers["dd-api-key"], target.Headers["dd-otlp-source"]));
    }

    [Fact]
    public void Without_a_key_no_half_of_a_credential_is_sent()
    {
        var target = Assert.IsType<OtlpTarget>(Options("{ type: langfuse, public_key: p, headers: { x-own: \"1\" } }").Exporters[0].Target);

        Assert.DoesNotContain("Authorization", target.Headers.Keys);
    }

    [Theory]
    [InlineData("type: langfuse, public_key: p, secret_key: s", AliasSet.Langfuse)]
    [InlineData("type: phoenix", AliasSet.OpenInference)]
    [InlineData("type: logfire, token: t", AliasSet.Logfire)]
    [InlineData("type: otlp", AliasSet.None)]
    [InlineData("type: phoenix, aliases: [goai]", AliasSet.GoAI)]
    public void It_speaks_the_back_ends_words_unless_told_otherwise(string exporter, AliasSet aliases) =>
        Assert.Equal(aliases, Assert.Single(Options($"{{ {exporter} }}").Exporters).View.Aliases);

    internal static TracingOptions Options(string exporter) =>
        TracingFromConfiguration.Map(TemporaryFile.Load($"observability: {{ exporters: [{exporter}] }}").Observability, _ => null);

    private static string Basic(string credentials) => $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))}";
}
