namespace AgentFunctions.Telemetry.Redaction;

/// <summary>
/// Which members of messages, message parts and tool definitions say what things are, and not what was said. Deeper, in a
/// tool's arguments for example, the same names are content.
/// </summary>
internal static class MessageStructure
{
    private const int PartDepth = 4;

    private static readonly HashSet<string> _members = ["role", "type", "id", "name", "finish_reason", "modality", "mime_type", "signature"];

    public static bool Has(JsonPlace place) => place.Depth <= PartDepth && place.Member is { } member && _members.Contains(member);
}
