using System.Globalization;
using System.Text.RegularExpressions;

namespace AgentFunctions.Local.Sql;

/// <summary>
/// The few forms of PostgreSQL that queries on traces use, in SQLite's words: <c>INTERVAL '1 hour'</c> becomes its seconds and
/// <c>x::date</c> the day of a time in seconds. Strings, quoted names and comments stay as they are.
/// </summary>
internal static partial class PostgresForms
{
    private static readonly Dictionary<string, double> _units = new(StringComparer.OrdinalIgnoreCase)
    {
        ["second"] = 1,
        ["minute"] = 60,
        ["hour"] = 3600,
        ["day"] = 86_400,
        ["week"] = 7 * 86_400,
        ["month"] = 30 * 86_400,
        ["year"] = 365 * 86_400,
    };

    public static string Translate(string sql) => Forms().Replace(sql, Translate);

    private static string Translate(Match match)
    {
        if (match.Groups["interval"] is { Success: true } interval)
        {
            return Seconds(interval.Value).ToString("0.0########", CultureInfo.InvariantCulture);
        }
        if (match.Groups["operand"] is { Success: true } operand)
        {
            var type = match.Groups["type"].Value;
            return type.Equals("date", StringComparison.OrdinalIgnoreCase)
                ? $"date({operand.Value}, 'unixepoch')"
                : $"CAST({operand.Value} AS {type})";
        }
        return match.Value;
    }

    private static double Seconds(string interval)
    {
        var words = interval.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var seconds = 0.0;
        for (var n = 0; n < words.Length; n += 2)
        {
            if (n + 1 == words.Length
                || !double.TryParse(words[n], NumberStyles.Float, CultureInfo.InvariantCulture, out var count)
                || !_units.TryGetValue(words[n + 1].TrimEnd('s', 'S'), out var unit))
            {
                throw new FormatException($"INTERVAL '{interval}' is not understood. Write it like '1 hour' or '2 days 30 minutes', in {string.Join("s, ", _units.Keys)}s.");
            }
            seconds += count * unit;
        }
        return seconds;
    }

    [GeneratedRegex(
        """
        '(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/
        | \bINTERVAL \s* '(?<interval>[^']*)'
        | (?<operand> [A-Za-z_][\w.]* (?:\([^()]*\))? ) \s* :: \s* (?<type> [A-Za-z]+ )
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Forms();
}
