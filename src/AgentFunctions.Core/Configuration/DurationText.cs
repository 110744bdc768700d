using System.Globalization;
using System.Text.RegularExpressions;

namespace AgentFunctions.Configuration;

/// <summary>Durations as people write them: <c>500ms</c>, <c>30s</c>, <c>1m30s</c>, <c>1.5h</c>, <c>2d</c>.</summary>
public static partial class DurationText
{
    /// <summary>Null for a text of another form, or a duration that is too long to hold.</summary>
    public static TimeSpan? Parse(string text)
    {
        if (!Form().IsMatch(text))
            return null;
        try
        {
            return Part().Matches(text).Aggregate(TimeSpan.Zero, (sum, part) => sum + ValueOf(part));
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    private static TimeSpan ValueOf(Match part)
    {
        var number = double.Parse(part.Groups["number"].ValueSpan, CultureInfo.InvariantCulture);
        return part.Groups["unit"].Value switch
        {
            "ms" => TimeSpan.FromMilliseconds(number),
            "s" => TimeSpan.FromSeconds(number),
            "m" => TimeSpan.FromMinutes(number),
            "h" => TimeSpan.FromHours(number),
            _ => TimeSpan.FromDays(number),
        };
    }

    [GeneratedRegex(@"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$")]
    private static partial Regex Form();

    [GeneratedRegex(@"(?<number>[0-9]+(\.[0-9]+)?)(?<unit>ms|s|m|h|d)")]
    private static partial Regex Part();
}
