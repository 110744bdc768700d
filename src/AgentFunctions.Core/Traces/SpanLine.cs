// A span as one line of JSON, the store's own shape.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;

namespace AgentFunctions.Traces;

/// <summary>JSON Lines: every field of the stored span under its snake_case name.</summary>
internal static class SpanLine
{
    // A null where the store needs a value is a mistake of the line, not of the store.
    private static readonly JsonSerializerOptions _strict = new(AgentJson.Options) { RespectNullableAnnotations = true };

    public static void Write(Utf8JsonWriter json, SpanRecord span) => JsonSerializer.Serialize(json, span, AgentJson.Options);

    /// <exception cref="InvalidSpanException">The object is no span.</exception>
    public static SpanRecord Read(JsonElement json)
    {
        try
        {
            return SpanCheck.Checked(json.Deserialize<SpanRecord>(_strict)!);
        }
        catch (JsonException e)
        {
            throw new InvalidSpanException($"it is no span: {e.Message}", e);
        }
    }
}
