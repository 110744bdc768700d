using System.Globalization;
using System.Text;
using OpenTelemetry.Metrics;

namespace AgentFunctions.Telemetry.Metrics.Prometheus;

/// <summary>Writes metrics as text: HELP and TYPE of each family, its samples, and in OpenMetrics their exemplars.</summary>
internal sealed class PrometheusWriter(PrometheusFormat format)
{
    private readonly StringBuilder _text = new();
    private readonly HashSet<string> _families = [];

    private bool IsOpenMetrics => format == PrometheusFormat.OpenMetrics;

    /// <summary>What is known of the service, as labels of one sample.</summary>
    public void WriteTargetInfo(IEnumerable<KeyValuePair<string, object>> resource)
    {
        WriteHead(IsOpenMetrics ? "target" : "target_info", IsOpenMetrics ? "info" : "gauge", "What serves these metrics.");
        var labels = new PrometheusLabels(resource.Select(attribute => KeyValuePair.Create(attribute.Key, (object?)attribute.Value)));
        WriteSample("target_info", labels.ToString(), 1);
        EndLine();
    }

    public void Write(Metric metric)
    {
        var family = PrometheusNames.FamilyOf(metric.Name, metric.Unit, metric.MetricType);
        // Two meters with one name would make two heads, which the format forbids: the first stands.
        if (metric.MetricType == MetricType.ExponentialHistogram || !_families.Add(family))
            return;
        var counter = PrometheusNames.IsCounter(metric.MetricType);
        var histogram = metric.MetricType == MetricType.Histogram;
        var name = counter ? PrometheusNames.Counter(family) : family;
        WriteHead(
            IsOpenMetrics ? family : name,
            counter ? "counter" : histogram ? "histogram" : "gauge",
            metric.Description is { Length: > 0 } help ? help : metric.Name);
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            if (histogram)
                WriteHistogram(name, LabelsOf(metric, point), point);
            else
                WriteNumber(metric.MetricType, name, LabelsOf(metric, point), point);
        }
    }

    public string End()
    {
        if (IsOpenMetrics)
            _text.Append("# EOF\n");
        return _text.ToString();
    }

    private void WriteHead(string family, string type, string help)
    {
        var escaped = IsOpenMetrics ? PrometheusText.Escape(help) : help.Replace("\\", "\\\\").Replace("\n", "\\n");
        _text.Append(CultureInfo.InvariantCulture, $"# HELP {family} {escaped}\n# TYPE {family} {type}\n");
    }

    private void WriteNumber(MetricType type, string name, PrometheusLabels labels, in MetricPoint point)
    {
        WriteSample(name, labels.ToString(), ValueOf(type, point));
        if (PrometheusNames.IsCounter(type))
            WriteExemplar(PrometheusExemplar.Of(point, type.IsLong()).FindLast(_ => true));
        EndLine();
    }

    private void WriteHistogram(string name, PrometheusLabels labels, in MetricPoint point)
    {
        var exemplars = PrometheusExemplar.Of(point, isLong: false);
        var (below, count) = (double.NegativeInfinity, 0L);
        foreach (var bucket in point.GetHistogramBuckets())
        {
            var (lower, upper) = (below, bucket.ExplicitBound);
            count += bucket.BucketCount;
            WriteSample($"{name}_bucket", labels.With("le", PrometheusText.Number(upper)), count);
            WriteExemplar(exemplars.FindLast(e => e.Value > lower && e.Value <= upper));
            EndLine();
            below = upper;
        }

        WriteSample($"{name}_sum", labels.ToString(), point.GetHistogramSum());
        EndLine();
        WriteSample($"{name}_count", labels.ToString(), point.GetHistogramCount());
        EndLine();
    }

    private void WriteSample(string name, string labels, double value) =>
        _text.Append(name).Append(labels).Append(' ').Append(PrometheusText.Number(value));

    private void WriteExemplar(PrometheusExemplar? exemplar)
    {
        if (!IsOpenMetrics || exemplar is null)
            return;
        var seconds = exemplar.Time.ToUnixTimeMilliseconds() / 1000.0;
        _text.Append(CultureInfo.InvariantCulture, $" # {{trace_id=\"{exemplar.TraceId}\",span_id=\"{exemplar.SpanId}\"}} ")
            .Append(PrometheusText.Number(exemplar.Value)).Append(' ').Append(PrometheusText.Number(seconds));
    }

    private void EndLine() => _text.Append('\n');

    private static double ValueOf(MetricType type, in MetricPoint point) => type switch
    {
        MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong(),
        MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => point.GetSumDouble(),
        MetricType.LongGauge => point.GetGaugeLastValueLong(),
        _ => point.GetGaugeLastValueDouble(),
    };

    private static PrometheusLabels LabelsOf(Metric metric, in MetricPoint point)
    {
        var tags = new List<KeyValuePair<string, object?>> { new("otel_scope_name", metric.MeterName) };
        if (metric.MeterVersion is { Length: > 0 } version)
            tags.Add(new("otel_scope_version", version));
        foreach (var tag in point.Tags)
            tags.Add(tag);
        return new PrometheusLabels(tags);
    }
}
