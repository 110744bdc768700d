// Query parameters, checked: what cannot be read is a 400 that says what was expected.
using System.Globalization;
using AgentFunctions.Agents;
using Microsoft.AspNetCore.Http;

namespace AgentFunctions.Http;

internal static class Query
{
    public const int DefaultLimit = 50;
    public const int MaxLimit = 200;

    public static string? Text(HttpRequest request, string name) => request.Query[name].FirstOrDefault() is { Length: > 0 } text ? text : null;

    public static int Int(HttpRequest request, string name, int fallback, int least, int most)
    {
        if (Text(request, name) is not { } text)
            return fallback;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw ApiException.Invalid($"'{name}' must be a whole number from {least} to {most}.");
    }

    public static int Limit(HttpRequest request) => Int(request, "limit", DefaultLimit, 1, MaxLimit);

    public static bool Flag(HttpRequest request, string name) => Text(request, name) switch
    {
        null or "false" or "0" => false,
        "true" or "1" => true,
        _ => throw ApiException.Invalid($"'{name}' must be true or false."),
    };

    public static DateTimeOffset? Time(HttpRequest request, string name)
    {
        if (Text(request, name) is not { } text)
            return null;
        return TryTime(text, out var time) ? time : throw ApiException.Invalid($"'{name}' must be a time such as 2026-01-31T12:00:00Z.");
    }

    public static bool TryTime(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);

    public static T? Word<T>(HttpRequest request, string name) where T : struct, Enum
    {
        if (Text(request, name) is not { } text)
            return null;
        foreach (var value in Enum.GetValues<T>())
        {
            if (AgentJson.Word(value) == text)
                return value;
        }

        throw ApiException.Invalid($"'{name}' must be one of {string.Join(", ", Enum.GetValues<T>().Select(v => AgentJson.Word(v)))}.");
    }

    /// <summary>One of a few words; null when the parameter is not given.</summary>
    public static string? OneOf(HttpRequest request, string name, params IReadOnlyCollection<string> words)
    {
        if (Text(request, name) is not { } text)
            return null;
        return words.Contains(text) ? text : throw ApiException.Invalid($"'{name}' must be one of {string.Join(", ", words)}.");
    }

    /// <summary>A duration such as <c>250ms</c>, <c>2s</c>, <c>1.5m</c>, <c>1h</c>; a number alone is in milliseconds.</summary>
    public static TimeSpan? Duration(HttpRequest request, string name)
    {
        if (Text(request, name) is not { } text)
            return null;
        var number = text.TrimEnd('m', 's', 'h');
        double? unit = text[number.Length..] switch { "" or "ms" => 1, "s" => 1000, "m" => 60_000, "h" => 3_600_000, _ => null };
        return double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && unit is { } scale && value * scale <= 1e12
            ? TimeSpan.FromMilliseconds(value * scale)
            : throw ApiException.Invalid($"'{name}' must be a duration such as 250ms, 2s, 1.5m or 1h; a number alone is milliseconds.");
    }

    /// <summary>Runs a list query; a cursor that the store did not issue is a 400.</summary>
    public static async Task<T> PageAsync<T>(Func<Task<T>> query)
    {
        try
        {
            return await query();
        }
        catch (FormatException)
        {
            throw ApiException.Invalid("'cursor' is not one that this list gave; begin again without it.");
        }
    }
}
