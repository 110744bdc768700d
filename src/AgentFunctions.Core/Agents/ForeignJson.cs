using System.Globalization;
using System.Text;
using System.Text.Json;

namespace AgentFunctions.Agents;

/// <summary>
/// Reads JSON of models and tools. An escape of half a surrogate pair (<c>"\ud83d"</c>) is valid JSON that no string can
/// hold; it becomes U+FFFD here, at the door, so that storing it later cannot fail.
/// </summary>
public static class ForeignJson
{
    private const string Replacement = @"\ufffd";
    private const int EscapeLength = 6;

    /// <exception cref="JsonException">The text is no JSON.</exception>
    public static JsonElement Parse(string json) => JsonElement.Parse(WithoutLoneSurrogates(json));

    private static string WithoutLoneSurrogates(string json)
    {
        if (!json.Contains(@"\ud", StringComparison.OrdinalIgnoreCase))
            return json;
        var text = new StringBuilder(json.Length);
        for (var i = 0; i < json.Length;)
        {
            var length = json[i] != '\\' ? 1 : IsPair(json, i) ? 2 * EscapeLength : IsSurrogate(json, i) ? EscapeLength : 2;
            length = Math.Min(length, json.Length - i);
            if (length == EscapeLength)
                text.Append(Replacement);
            else
                text.Append(json, i, length);
            i += length;
        }

        return text.ToString();
    }

    private static bool IsPair(string json, int at) => Escaped(json, at) is { } high && char.IsHighSurrogate(high)
        && Escaped(json, at + EscapeLength) is { } low && char.IsLowSurrogate(low);

    private static bool IsSurrogate(string json, int at) => Escaped(json, at) is { } c && char.IsSurrogate(c);

    private static char? Escaped(string json, int at) =>
        at + EscapeLength <= json.Length && json[at] == '\\' && json[at + 1] == 'u'
        && ushort.TryParse(json.AsSpan(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            ? (char)code
            : null;
}
