// The Prometheus text, read by a test.
using System.Globalization;
using System.Text.RegularExpressions;

namespace AgentFunctions.Tests.Metrics;

/// <summary>One line: its name, its labels, its value, and in OpenMetrics the trace of its exemplar.</summary>
internal sealed record MetricSample(string Name, IReadOnlyDictionary<string, string> Labels, double Value, string? TraceId)
{
    public string? this[string label] => Labels.GetValueOrDefault(label);
}

internal static partial class MetricsText
{
    public static IReadOnlyList<MetricSample> Parse(string text) =>
        [.. text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(ParseLine)];

    /// <summary>The sum over all samples of that name whose labels are as given.</summary>
    public static double Sum(this IEnumerable<MetricSample> samples, string name, params (string Label, string Value)[] labels) =>
        samples.Where(s => s.Name == name && labels.All(l => s[l.Label] == l.Value)).Sum(s => s.Value);

    private static MetricSample ParseLine(string line)
    {
        var match = Line().Match(line);
        Assert.True(match.Success, $"not a sample: {line}");
        var labels = Label().Matches(match.Groups["labels"].Value).ToDictionary(m => m.Groups["key"].Value, m => m.Groups["value"].Value);
        var trace = match.Groups["exemplar"].Success ? Label().Matches(match.Groups["exemplar"].Value)[0].Groups["value"].Value : null;
        return new MetricSample(match.Groups["name"].Value, labels, NumberOf(match.Groups["value"].Value), trace);
    }

    private static double NumberOf(string text) => text == "+Inf" ? double.PositiveInfinity : double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>([^"}]|"([^"\\]|\\.)*")*)\})? (?<value>\S+)( # \{(?<exemplar>[^}]*)\} \S+ \S+)?$""")]
    private static partial Regex Line();

    [GeneratedRegex("""(?<key>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>([^"\\]|\\.)*)["]""")]
    private static partial Regex Label();
}
