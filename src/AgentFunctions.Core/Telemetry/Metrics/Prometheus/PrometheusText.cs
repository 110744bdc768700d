// The small parts of the text formats: numbers, labels, exemplars.
using System.Globalization;
using OpenTelemetry.Metrics;

namespace AgentFunctions.Telemetry.Metrics.Prometheus;

internal static class PrometheusText
{
    public static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    public static string Escape(string value) => value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n");
}

/// <summary>The labels of a sample. Keys that become the same label share it, their values joined by <c>;</c>.</summary>
internal sealed class PrometheusLabels(IEnumerable<KeyValuePair<string, object?>> tags)
{
    private readonly string _pairs = string.Join(',', tags
        .GroupBy(tag => PrometheusNames.Label(tag.Key))
        .Select(label => Pair(label.Key, string.Join(';', label.Select(tag => TextOf(tag.Value))))));

    public string With(string label, string value) => _pairs.Length == 0 ? $"{{{Pair(label, value)}}}" : $"{{{_pairs},{Pair(label, value)}}}";

    public override string ToString() => _pairs.Length == 0 ? "" : $"{{{_pairs}}}";

    private static string Pair(string label, string value) => $"{label}=\"{PrometheusText.Escape(value)}\"";

    private static string TextOf(object? value) =>
        value is bool flag ? (flag ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}

/// <summary>A measurement that leads to the trace in which it was made.</summary>
internal sealed record PrometheusExemplar(string TraceId, string SpanId, double Value, DateTimeOffset Time)
{
    /// <summary>The point's exemplars that have a trace, oldest first.</summary>
    public static List<PrometheusExemplar> Of(in MetricPoint point, bool isLong)
    {
        if (!point.TryGetExemplars(out var exemplars))
            return [];
        var found = new List<PrometheusExemplar>();
        foreach (ref readonly var exemplar in exemplars)
        {
            if (exemplar.TraceId == default)
                continue;
            var value = isLong ? exemplar.LongValue : exemplar.DoubleValue;
            found.Add(new PrometheusExemplar(exemplar.TraceId.ToHexString(), exemplar.SpanId.ToHexString(), value, exemplar.Timestamp));
        }

        found.Sort((a, b) => a.Time.CompareTo(b.Time));
        return found;
    }
}
