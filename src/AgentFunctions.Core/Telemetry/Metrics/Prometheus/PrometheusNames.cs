using System.Text;
using OpenTelemetry.Metrics;

namespace AgentFunctions.Telemetry.Metrics.Prometheus;

/// <summary>
/// From OpenTelemetry's names to Prometheus': the rules of "Prometheus and OpenMetrics Compatibility". Characters that are
/// not allowed become one underscore, the unit is spelled out as a suffix, and counters end in <c>_total</c>.
/// </summary>
internal static class PrometheusNames
{
    private const string TotalSuffix = "_total";

    private static readonly Dictionary<string, string> _units = new()
    {
        ["d"] = "days",
        ["h"] = "hours",
        ["min"] = "minutes",
        ["s"] = "seconds",
        ["ms"] = "milliseconds",
        ["us"] = "microseconds",
        ["ns"] = "nanoseconds",
        ["By"] = "bytes",
        ["KiBy"] = "kibibytes",
        ["MiBy"] = "mebibytes",
        ["GiBy"] = "gibibytes",
        ["KBy"] = "kilobytes",
        ["MBy"] = "megabytes",
        ["GBy"] = "gigabytes",
        ["%"] = "percent",
        ["Cel"] = "celsius",
        ["Hz"] = "hertz",
    };

    private static readonly Dictionary<string, string> _perUnits = new()
    {
        ["s"] = "second",
        ["min"] = "minute",
        ["h"] = "hour",
        ["d"] = "day",
    };

    /// <summary>The family's name without <c>_total</c>: what OpenMetrics calls a counter.</summary>
    public static string FamilyOf(string name, string unit, MetricType type)
    {
        var family = Clean(name);
        if (IsCounter(type) && family.EndsWith(TotalSuffix, StringComparison.Ordinal))
            family = family[..^TotalSuffix.Length];
        var suffix = SuffixOf(unit, type.IsGauge());
        return suffix.Length == 0 || family.EndsWith($"_{suffix}", StringComparison.Ordinal) ? family : $"{family}_{suffix}";
    }

    public static string Counter(string family) => family + TotalSuffix;

    public static string Label(string key) => Clean(key);

    public static bool IsCounter(MetricType type) => type is MetricType.LongSum or MetricType.DoubleSum;

    private static string SuffixOf(string unit, bool gauge)
    {
        // What is in braces is a note, such as {token}.
        var start = unit.IndexOf('{', StringComparison.Ordinal);
        var bare = start < 0 ? unit : unit[..start];
        if (bare == "1")
            return gauge ? "ratio" : "";
        var parts = bare.Split('/', 2);
        var main = Spell(parts[0], _units);
        if (parts.Length == 1 || parts[1].Length == 0)
            return main;
        var per = $"per_{Spell(parts[1], _perUnits)}";
        return main.Length == 0 ? per : $"{main}_{per}";
    }

    private static string Spell(string unit, Dictionary<string, string> words) =>
        words.TryGetValue(unit, out var word) ? word : Clean(unit).Trim('_');

    private static string Clean(string name)
    {
        var clean = new StringBuilder(name.Length);
        foreach (var c in name)
        {
            if (char.IsAsciiLetterOrDigit(c))
                clean.Append(c);
            else if (clean.Length == 0 || clean[^1] != '_')
                clean.Append('_');
        }

        if (clean.Length > 0 && char.IsAsciiDigit(clean[0]))
            clean.Insert(0, '_');
        return clean.ToString();
    }
}
