// What a model is told of its output in words: where the provider has no response format, and when an answer did not fit.
using System.Text.Json;
using AgentFunctions.Models;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Output;

internal static class OutputPrompt
{
    /// <summary>The messages with the instruction at the end of the system prompt; unchanged when no JSON is asked for.</summary>
    public static IEnumerable<ChatMessage> In(IEnumerable<ChatMessage> messages, ChatOptions? options) =>
        options?.ResponseFormat is ChatResponseFormatJson { Schema: { } schema } ? With(messages, Instruction(schema)) : messages;

    public static string Instruction(JsonElement schema) =>
        $"Give your final answer as one JSON object that fits this JSON Schema, and write nothing before or after it:\n{schema.GetRawText()}";

    /// <summary>Asks for a valid answer.</summary>
    public static Message Repair(OutputCheck check) =>
        Message.User($"{check.Problem} Answer again with the corrected JSON object only, without any other text.");

    private static IEnumerable<ChatMessage> With(IEnumerable<ChatMessage> messages, string instruction)
    {
        var list = messages.ToList();
        var system = list.FindIndex(m => m.Role == ChatRole.System);
        if (system < 0)
            return list.Prepend(new ChatMessage(ChatRole.System, instruction));
        list[system] = new ChatMessage(ChatRole.System, [.. list[system].Contents, new TextContent($"\n\n{instruction}")]);
        return list;
    }
}
