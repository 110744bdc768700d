using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Export;
using Microsoft.Extensions.Configuration;

namespace AgentFunctions.Tests.Telemetry;

/// <summary>The standard OTEL_* variables, as every SDK reads them.</summary>
public sealed class OtlpVariablesTests
{
    private readonly LogLines _log = new();

    [Fact]
    public void Nothing_set_exports_nothing() => Assert.Empty(Read());

    [Fact]
    public void A_common_endpoint_is_a_base_and_that_of_traces_is_taken_as_it_is()
    {
        Assert.Equal("http://c:4318/v1/traces", Otlp(("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")).Endpoint.AbsoluteUri);
        Assert.Equal("http://t:4318/custom", Otlp(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318"), ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://t:4318/custom"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")).Endpoint.AbsoluteUri);
    }

    [Theory]
    [InlineData(null, null, OtlpProtocol.Grpc)]
    [InlineData("http/protobuf", null, OtlpProtocol.HttpProtobuf)]
    [InlineData("http/protobuf", "grpc", OtlpProtocol.Grpc)]
    public void The_protocol_is_grpc_unless_told_otherwise(string? common, string? traces, OtlpProtocol expected) =>
        Assert.Equal(expected, Otlp(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4317"), ("OTEL_EXPORTER_OTLP_PROTOCOL", common), ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", traces)).Protocol);

    [Fact]
    public void Headers_are_decoded_after_they_are_split()
    {
        var headers = Otlp(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4317"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Basic%20YTpiPT0=, x-list=a%2Cb,x-percent=100%25,x-name=%C3%A9t%C3%A9")).Headers;

        Assert.Equal("Basic YTpiPT0=", headers["authorization"]);
        Assert.Equal(("a,b", "100%", "été"), (headers["x-list"], headers["x-percent"], headers["x-name"]));
    }

    [Fact]
    public void Headers_of_traces_replace_the_common_ones()
    {
        var headers = Otlp(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4317"), ("OTEL_EXPORTER_OTLP_HEADERS", "x-a=1"), ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-b=2")).Headers;

        Assert.Equal(["x-b"], headers.Keys);
    }

    [Fact]
    public void Timeout_and_compression_are_those_of_traces_first()
    {
        var target = Otlp(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4317"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "7000"), ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "300"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "none"), ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "gzip"));

        Assert.Equal((TimeSpan.FromMilliseconds(300), true), (target.Timeout, target.Gzip));
    }

    [Theory]
    [InlineData("otlp", 1)]
    [InlineData("none", 0)]
    [InlineData("console", 1)]
    [InlineData("otlp, console", 2)]
    public void OTEL_TRACES_EXPORTER_lists_the_exporters(string value, int count) =>
        Assert.Equal(count, Read(("OTEL_TRACES_EXPORTER", value), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4317")).Count);

    [Fact]
    public void An_exporter_that_there_is_not_is_told_and_passed_over()
    {
        Assert.Empty(Read(("OTEL_TRACES_EXPORTER", "zipkin")));
        Assert.Contains("'zipkin' is no value of OTEL_TRACES_EXPORTER", Assert.Single(_log.Warnings).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void OTEL_BSP_sizes_the_queues_that_say_nothing_themselves()
    {
        var variables = Variables(
            ("OTEL_BSP_MAX_QUEUE_SIZE", "100"), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10"), ("OTEL_BSP_SCHEDULE_DELAY", "200"), ("OTEL_BSP_EXPORT_TIMEOUT", "900"));

        Assert.Equal(new ExportQueueSize(100, 10, 200, 900), variables.SizeOf(new()));
        Assert.Equal(new ExportQueueSize(50, 10, 200, 900), variables.SizeOf(new() { MaxQueueSize = 50 }));
        Assert.Equal(new ExportQueueSize(2048, 512, 5000, 30_000), Variables().SizeOf(new()));
    }

    [Theory]
    [InlineData(null, null, null, true, true, false)]
    [InlineData("always_on", null, null, true, true, true)]
    [InlineData("always_off", null, null, false, false, false)]
    [InlineData("traceidratio", "0", null, false, false, false)]
    [InlineData("traceidratio", "1", null, true, true, true)]
    [InlineData("parentbased_always_on", null, null, true, true, false)]
    [InlineData("parentbased_always_off", null, null, false, true, false)]
    [InlineData("parentbased_traceidratio", "0", null, false, true, false)]
    [InlineData("microsoft.fixed_percentage", "0", null, true, true, false)]
    [InlineData(null, null, 0.0, false, true, false)]
    public void The_sampler_decides_once_for_a_run(string? sampler, string? argument, double? configured, bool alone, bool sampledCaller, bool unsampledCaller)
    {
        var sampling = RunSampling.From(configured ?? 1, Configuration(("OTEL_TRACES_SAMPLER", sampler), ("OTEL_TRACES_SAMPLER_ARG", argument)));

        Assert.Equal(alone, sampling.Export(RunTrace.Create("run_1", null)));
        Assert.Equal(sampledCaller, sampling.Export(RunTrace.Create("run_1", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")));
        Assert.Equal(unsampledCaller, sampling.Export(RunTrace.Create("run_1", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")));
    }

    private OtlpTarget Otlp(params (string, string?)[] variables) => Assert.IsType<OtlpTarget>(Assert.Single(Read(variables)).Target);

    private List<ExporterOptions> Read(params (string, string?)[] variables) => [.. Variables(variables).Exporters(new ExportView())];

    private OtlpVariables Variables(params (string, string?)[] variables) => new(Configuration(variables), _log);

    private static IConfiguration Configuration(params (string Name, string? Value)[] variables) =>
        new ConfigurationBuilder().AddInMemoryCollection(variables.ToDictionary(v => v.Name, v => v.Value)).Build();
}
