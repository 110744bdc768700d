// Where a request to Anthropic says what to keep in the provider's cache.
using System.Text.Json.Nodes;

namespace AgentFunctions.Models.Providers;

/// <summary>
/// A mark keeps everything before it as well, in the order tools, system prompt, messages. At most four are allowed; these
/// are: the last tool, the system prompt, and the ends of the latest two turns of the user's side. The API looks 20 blocks
/// back from a mark for what an earlier call has kept, so a step with many tool results is found by the mark before it.
/// </summary>
internal static class AnthropicCacheMarks
{
    private const int MarkedTurns = 2;

    public static void Set(JsonObject body, PromptCache cache)
    {
        if (cache.Tools && body["tools"] is JsonArray { Count: > 0 } tools)
            Mark(tools[^1]);
        if (cache.System && body["system"] is JsonValue system)
            body["system"] = new JsonArray(Marked(new JsonObject { ["type"] = "text", ["text"] = system.DeepClone() }));
        if (cache.Messages)
            MarkTurns(body["messages"]!.AsArray());
    }

    private static void MarkTurns(JsonArray turns)
    {
        foreach (var turn in turns.Where(turn => turn!["role"]!.GetValue<string>() == "user").TakeLast(MarkedTurns))
            Mark(turn!["content"]!.AsArray()[^1]);
    }

    private static void Mark(JsonNode? block) => Marked(block!.AsObject());

    private static JsonObject Marked(JsonObject block)
    {
        block["cache_control"] = new JsonObject { ["type"] = "ephemeral" };
        return block;
    }
}
