using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Models;

namespace AgentFunctions.Telemetry.Aliases;

/// <summary>Reads message content back for sets that shape it differently.</summary>
internal static class AliasMessages
{
    /// <summary>Empty for what is no list of messages, as a limit may leave it.</summary>
    public static IReadOnlyList<Message> Read(string? json) => Read<Message>(json);

    public static IReadOnlyList<MessagePart> ReadParts(string? json) => Read<MessagePart>(json);

    public static IReadOnlyList<JsonElement> ReadItems(string? json) => Read<JsonElement>(json);

    private static IReadOnlyList<T> Read<T>(string? json)
    {
        if (json is null)
            return [];
        try
        {
            return AgentJson.Deserialize<IReadOnlyList<T>>(json);
        }
        catch (JsonException)
        {
            return [];
        }
    }
}
