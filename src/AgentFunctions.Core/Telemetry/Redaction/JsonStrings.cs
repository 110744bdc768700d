// Changes the strings of a JSON text one by one, so that whatever is done to them, the text stays valid JSON.
using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AgentFunctions.Telemetry.Redaction;

internal enum JsonToken
{
    Name,
    Text,
    Number,
}

/// <summary>Where in a JSON text a string, number or member name stands.</summary>
/// <param name="Depth">Of the object or array it stands in; 0 outside of any.</param>
/// <param name="Member">The member it names, or is the value of, directly or as an element of the member's array.</param>
internal readonly record struct JsonPlace(JsonToken Token, int Depth, string? Member);

internal static class JsonStrings
{
    private static readonly JsonWriterOptions _write = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 1000, SkipValidation = true };

    /// <summary>The same JSON without white space, each name, string and number replaced by what <paramref name="rewrite"/> makes of it; null when it is no JSON.</summary>
    /// <param name="json">Any JSON value.</param>
    /// <param name="rewrite">Gets the decoded text, of a number its digits. A number that it changes becomes a string.</param>
    public static string? Rewrite(string json, Func<JsonPlace, string, string> rewrite)
    {
        var buffer = new ArrayBufferWriter<byte>(json.Length);
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json), new JsonReaderOptions { MaxDepth = 1000 });
            using var writer = new Utf8JsonWriter(buffer, _write);
            Copy(ref reader, writer, rewrite);
        }
        catch (JsonException)
        {
            return null;
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Copy(ref Utf8JsonReader reader, Utf8JsonWriter writer, Func<JsonPlace, string, string> rewrite)
    {
        var members = new Stack<string?>([null]);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    writer.WriteStartObject();
                    members.Push(null);
                    break;
                case JsonTokenType.StartArray:
                    writer.WriteStartArray();
                    members.Push(members.Peek());
                    break;
                case JsonTokenType.EndObject:
                    writer.WriteEndObject();
                    members.Pop();
                    break;
                case JsonTokenType.EndArray:
                    writer.WriteEndArray();
                    members.Pop();
                    break;
                case JsonTokenType.PropertyName:
                    members.Pop();
                    members.Push(TextOf(ref reader));
                    writer.WritePropertyName(rewrite(new JsonPlace(JsonToken.Name, members.Count - 1, members.Peek()), members.Peek()!));
                    break;
                default:
                    WriteValue(ref reader, writer, members, rewrite);
                    break;
            }
        }
    }

    private static void WriteValue(ref Utf8JsonReader reader, Utf8JsonWriter writer, Stack<string?> members, Func<JsonPlace, string, string> rewrite)
    {
        var place = new JsonPlace(reader.TokenType == JsonTokenType.String ? JsonToken.Text : JsonToken.Number, members.Count - 1, members.Peek());
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                writer.WriteStringValue(rewrite(place, TextOf(ref reader)));
                break;
            case JsonTokenType.Number:
                var digits = Encoding.UTF8.GetString(reader.ValueSpan);
                var rewritten = rewrite(place, digits);
                if (rewritten == digits)
                    writer.WriteRawValue(digits, skipInputValidation: true);
                else
                    writer.WriteStringValue(rewritten);
                break;
            default:
                writer.WriteRawValue(reader.ValueSpan, skipInputValidation: true);
                break;
        }
    }

    private static string TextOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, which no string may hold: its escape is kept as text.
            return Encoding.UTF8.GetString(reader.ValueSpan);
        }
    }
}
