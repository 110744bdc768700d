using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentFunctions.Embedded.Engine;

/// <summary>How events and messages are written to the database. The number is stored beside each of them.</summary>
internal static class EventFormat
{
    /// <summary>Raise it when old rows can no longer be read by the new types, and teach <see cref="Read{T}"/> the old ones.</summary>
    public const int Current = 1;

    private static readonly JsonSerializerOptions _json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // payloads are JSON inside JSON: keep them readable
    };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, _json);

    public static T Read<T>(int format, string json) =>
        format == Current
            ? JsonSerializer.Deserialize<T>(json, _json)!
            : throw new NotSupportedException(
                $"The database holds an event of format {format}, but this program reads format {Current}. Run the version that wrote it.");
}
