using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentFunctions.Embedded.Engine;

/// <summary>How events and messages are written to the database. The number of the format is stored beside each of them.</summary>
internal static class EventFormat
{
    /// <summary>Raise it when old rows can no longer be read by the new types, and teach the readers below the old ones.</summary>
    public const int Current = 2;

    private const int OneEvent = 1; // the first format: a history row was one event; messages have not changed since

    private static readonly EngineJson _json = new(new JsonSerializerOptions
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // payloads are JSON inside JSON: keep them readable
    });

    public static byte[] Write(HistoryEvent message) => JsonSerializer.SerializeToUtf8Bytes(message, _json.HistoryEvent);

    public static byte[] Write(EntityMessage message) => JsonSerializer.SerializeToUtf8Bytes(message, _json.EntityMessage);

    public static string Write(Failure failure) => JsonSerializer.Serialize(failure, _json.Failure);

    public static Failure ReadFailure(string json) => JsonSerializer.Deserialize(json, _json.Failure)!;

    /// <summary>Reads a message of an inbox.</summary>
    public static T ReadMessage<T>(int format, string json) =>
        format is OneEvent or Current ? (T)JsonSerializer.Deserialize(json, _json.GetTypeInfo(typeof(T))!)! : throw TooNew(format);

    /// <summary>Writes the events of an episode. Most happened when it began; those carry no time of their own.</summary>
    public static byte[] WriteEpisode(DateTime at, IEnumerable<HistoryEvent> events) =>
        JsonSerializer.SerializeToUtf8Bytes([.. events.Select(item => item.Timestamp == at ? item with { Timestamp = default } : item)], _json.HistoryEventArray);

    /// <summary>Reads a row of history, with the marks of an episode's begin and end around its events.</summary>
    public static IEnumerable<HistoryEvent> ReadEpisode(int format, DateTime at, string json) => format switch
    {
        OneEvent => [JsonSerializer.Deserialize(json, _json.HistoryEvent)!],
        Current =>
        [
            new OrchestratorStarted(at),
            .. JsonSerializer.Deserialize(json, _json.HistoryEventArray)!.Select(item => item.Timestamp == default ? item with { Timestamp = at } : item),
            new OrchestratorCompleted(at),
        ],
        _ => throw TooNew(format),
    };

    private static NotSupportedException TooNew(int format) => new(
        $"The database holds an event of format {format}, but this program reads formats up to {Current}. Run the version that wrote it.");
}

[JsonSerializable(typeof(HistoryEvent))]
[JsonSerializable(typeof(HistoryEvent[]))]
[JsonSerializable(typeof(EntityMessage))]
[JsonSerializable(typeof(Failure))]
internal sealed partial class EngineJson : JsonSerializerContext;
