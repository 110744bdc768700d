// Where measurements go, and which.
using System.Diagnostics.Metrics;
using System.Text;
using AgentFunctions.Telemetry.Metrics;
using AgentFunctions.Telemetry.Metrics.Prometheus;
using AgentFunctions.Tests.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Tests.Metrics;

public sealed class MetricsPipelineTests : IAsyncLifetime
{
    private readonly AgentMeter _meter = new();
    private readonly WebApplication _collector;
    private readonly TaskCompletionSource<(string Path, string Body)> _received = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public MetricsPipelineTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _collector = builder.Build();
        _collector.Run(ReceiveAsync);
    }

    public Task InitializeAsync() => _collector.StartAsync();

    public async Task DisposeAsync()
    {
        _meter.Dispose();
        await _collector.DisposeAsync();
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "/v1/metrics")]
    public async Task An_otlp_endpoint_of_the_standard_variables_gets_the_metrics_also_the_last_ones(string variable, string path)
    {
        using var pipeline = Pipeline(settings: [(variable, _collector.Urls.First() + path)]);
        _meter.Meter.CreateCounter<long>("test.things").Add(7);

        await pipeline.StopAsync(TimeSpan.FromSeconds(20));

        var (requestPath, body) = await _received.Task.WaitAsync(EngineHost.Patience);
        Assert.Equal("/v1/metrics", requestPath);
        // Names are plain bytes in protobuf.
        Assert.Contains("test.things", body);
        Assert.Contains("System.Runtime", body);
    }

    [Theory]
    [InlineData("OTEL_METRICS_EXPORTER", "none", false)]
    [InlineData("", "", true)]
    public async Task It_exports_nothing_when_told_so_or_when_the_host_exports(string variable, string value, bool byHost)
    {
        using var pipeline = Pipeline(byHost: byHost, settings: [("OTEL_EXPORTER_OTLP_ENDPOINT", _collector.Urls.First()), (variable, value)]);
        _meter.Meter.CreateCounter<long>("test.things").Add(7);

        Assert.Contains("test_things_total", pipeline.Render(PrometheusFormat.Text));
        await pipeline.StopAsync(TimeSpan.FromSeconds(20));
        Assert.False(_received.Task.IsCompleted);
    }

    [Fact]
    public void Meters_named_in_the_configuration_belong_to_it_and_others_do_not()
    {
        using var named = new Meter("Shop.Orders");
        using var other = new Meter("Warehouse");
        using var pipeline = Pipeline(new MetricsOptions { Meters = ["Shop.*"] });
        named.CreateCounter<long>("orders").Add(2);
        other.CreateCounter<long>("boxes").Add(3);

        var text = pipeline.Render(PrometheusFormat.Text);

        Assert.Contains("orders_total{otel_scope_name=\"Shop.Orders\"} 2", text);
        Assert.DoesNotContain("boxes", text);
    }

    [Fact]
    public void Switched_off_there_is_nothing_to_read()
    {
        using var pipeline = Pipeline(new MetricsOptions { Enabled = false });

        Assert.Null(pipeline.Render(PrometheusFormat.Text));
    }

    private MetricsPipeline Pipeline(MetricsOptions? options = null, bool byHost = false, params (string Name, string Value)[] settings)
    {
        var values = settings.Append(("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")).Where(s => s.Item1.Length > 0)
            .ToDictionary(s => s.Item1, s => (string?)s.Item2);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
        return new MetricsPipeline(options ?? new(), _meter, new AixgoMetrics(_meter), configuration, byHost ? [new MetricsAreExportedByHost()] : []);
    }

    private async Task ReceiveAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        _received.TrySetResult((http.Request.Path, Encoding.Latin1.GetString(body.ToArray())));
    }
}
