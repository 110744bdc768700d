// The text formats, on a meter of the test's own.
using System.Diagnostics.Metrics;
using AgentFunctions.Telemetry.Metrics.Prometheus;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace AgentFunctions.Tests.Metrics;

public sealed class PrometheusTextTests : IDisposable
{
    private readonly Meter _meter = new(new MeterOptions("Test.Text") { Scope = new object() });
    private readonly PrometheusExporter _exporter = new();
    private readonly MeterProvider _provider;

    public PrometheusTextTests() => _provider = Sdk.CreateMeterProviderBuilder()
        .AddMeter(_meter.Name)
        .AddView(instrument => ReferenceEquals(instrument.Meter, _meter) ? null : MetricStreamConfiguration.Drop)
        .AddReader(new BaseExportingMetricReader(_exporter))
        .Build();

    public void Dispose()
    {
        _provider.Dispose();
        _meter.Dispose();
    }

    [Theory]
    [InlineData("gen_ai.client.operation.duration", "s", MetricType.Histogram, "gen_ai_client_operation_duration_seconds")]
    [InlineData("gen_ai.client.token.usage", "{token}", MetricType.Histogram, "gen_ai_client_token_usage")]
    [InlineData("dotnet.gc.heap.total_allocated", "By", MetricType.LongSum, "dotnet_gc_heap_total_allocated_bytes")]
    [InlineData("queue_seconds", "s", MetricType.DoubleGauge, "queue_seconds")]
    [InlineData("load", "1", MetricType.DoubleGauge, "load_ratio")]
    [InlineData("hits", "1", MetricType.LongSum, "hits")]
    [InlineData("hits_total", "{hit}", MetricType.LongSum, "hits")]
    [InlineData("speed", "By/s", MetricType.DoubleGauge, "speed_bytes_per_second")]
    [InlineData("faults", "{fault}/s", MetricType.DoubleGauge, "faults")]
    [InlineData("2nd..try", "", MetricType.LongGauge, "_2nd_try")]
    [InlineData("size", "furlong", MetricType.LongGauge, "size_furlong")]
    public void A_name_is_cleaned_and_ends_in_its_unit(string name, string unit, MetricType type, string expected) =>
        Assert.Equal(expected, PrometheusNames.FamilyOf(name, unit, type));

    [Fact]
    public void A_counter_ends_in_total_and_open_metrics_names_its_family_without()
    {
        _meter.CreateCounter<long>("calls", "{call}", "Calls.").Add(3);

        Assert.Contains("# HELP calls_total Calls.\n# TYPE calls_total counter\ncalls_total{otel_scope_name=\"Test.Text\"} 3\n", Text());
        Assert.Contains("# TYPE calls counter\ncalls_total{otel_scope_name=\"Test.Text\"} 3\n", _exporter.Render(PrometheusFormat.OpenMetrics));
    }

    [Fact]
    public void The_buckets_of_a_histogram_add_up()
    {
        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2.5] };
        var histogram = _meter.CreateHistogram("wait", "s", "Waiting.", tags: null, advice);
        foreach (var seconds in new[] { 0.5, 2, 2, 7 })
            histogram.Record(seconds);

        Assert.Contains("""
            # TYPE wait_seconds histogram
            wait_seconds_bucket{otel_scope_name="Test.Text",le="1"} 1
            wait_seconds_bucket{otel_scope_name="Test.Text",le="2.5"} 3
            wait_seconds_bucket{otel_scope_name="Test.Text",le="+Inf"} 4
            wait_seconds_sum{otel_scope_name="Test.Text"} 11.5
            wait_seconds_count{otel_scope_name="Test.Text"} 4

            """, Text());
    }

    [Fact]
    public void Quotes_backslashes_and_line_ends_of_a_label_are_escaped()
    {
        _meter.CreateCounter<long>("odd", null, "A \"help\" with a \\ and\na line end.").Add(1, new KeyValuePair<string, object?>("path", "C:\\a \"b\"\nc"));

        Assert.Contains("""path="C:\\a \"b\"\nc"} 1""", Text());
        Assert.Contains("""# HELP odd_total A "help" with a \\ and\na line end.""", Text());
    }

    [Fact]
    public void Keys_that_become_one_label_share_it()
    {
        _meter.CreateCounter<long>("shared").Add(1, new("a.b", "x"), new("a_b", true));

        Assert.Contains("a_b=\"x;true\"} 1", Text());
    }

    [Fact]
    public void A_gauge_shows_numbers_that_are_none()
    {
        _meter.CreateObservableGauge("state", () => double.NaN);
        _meter.CreateObservableGauge("limit", () => double.PositiveInfinity);

        Assert.Contains("state{otel_scope_name=\"Test.Text\"} NaN\n", Text());
        Assert.Contains("limit{otel_scope_name=\"Test.Text\"} +Inf\n", Text());
    }

    private string Text() => _exporter.Render(PrometheusFormat.Text)!;
}
