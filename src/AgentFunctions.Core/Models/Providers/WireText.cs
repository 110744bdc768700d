// The parts of a message that both wire formats write alike.
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Models.Providers;

internal static class WireText
{
    public static string TextOf(ChatMessage message) =>
        string.Concat(message.Contents.OfType<TextContent>().Select(t => t.Text));

    /// <summary>A tool's result as the model reads it: text as it is, anything else as JSON.</summary>
    public static string ResultOf(FunctionResultContent result) => result.Result switch
    {
        null => "null",
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } text => text.GetString()!,
        JsonElement json => json.GetRawText(),
        var value => JsonSerializer.Serialize(value),
    };

    /// <summary>
    /// The arguments of a call that was made, always a JSON object: servers parse them again, and text that was not JSON
    /// in the model's answer would make every later request of the conversation fail.
    /// </summary>
    public static JsonObject ArgumentsOf(FunctionCallContent call)
    {
        if (call.Arguments is null && call.AdditionalProperties?.TryGetValue(MessageConversion.RawArguments, out string? raw) == true)
            return new JsonObject { [MessageConversion.RawArguments] = raw };
        return JsonSerializer.SerializeToNode(call.Arguments ?? new Dictionary<string, object?>())!.AsObject();
    }

    public static JsonNode SchemaOf(AIFunctionDeclaration tool) => JsonObject.Create(tool.JsonSchema) ?? [];
}
