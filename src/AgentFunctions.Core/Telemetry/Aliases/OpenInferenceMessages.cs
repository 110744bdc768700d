// The flat form that OpenInference has for messages, tools and documents: one attribute for each leaf.
using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Models;
using static AgentFunctions.Telemetry.GenAiAttributes;

namespace AgentFunctions.Telemetry.Aliases;

internal static class OpenInferenceMessages
{
    /// <summary>All that a model was told and what it said; nothing where content is not wanted.</summary>
    public static void Add(AliasWriter span)
    {
        var index = 0;
        if (AliasMessages.ReadParts(span.Content(SystemInstructions)) is { Count: > 0 } instructions)
            AddMessage(span, $"llm.input_messages.{index++}", new Message { Role = "system", Parts = instructions });
        foreach (var message in AliasMessages.Read(span.Content(InputMessages)).SelectMany(OnePerResponse))
            AddMessage(span, $"llm.input_messages.{index++}", message);
        foreach (var (i, message) in AliasMessages.Read(span.Content(OutputMessages)).Index())
            AddMessage(span, $"llm.output_messages.{i}", message);
        foreach (var (i, tool) in AliasMessages.ReadItems(span.Content(ToolDefinitions)).Index())
            span.Add($"llm.tools.{i}.tool.json_schema", Schema(tool));
        AddValue(span, InputValue, InputMimeType, span.Content(InputMessages));
        AddValue(span, OutputValue, OutputMimeType, span.Content(OutputMessages));
    }

    /// <summary>What a retrieval found.</summary>
    public static void AddDocuments(AliasWriter span)
    {
        foreach (var (i, document) in AliasMessages.ReadItems(span.Content(RetrievalDocuments)).Index())
        {
            if (document.ValueKind != JsonValueKind.Object)
                continue;
            var prefix = $"retrieval.documents.{i}.document";
            span.Add($"{prefix}.id", Text(document, "id"));
            span.Add($"{prefix}.content", Text(document, "content"));
            if (document.TryGetProperty("score", out var score) && score.ValueKind == JsonValueKind.Number)
                span.Add($"{prefix}.score", score.GetDouble());
            span.Add($"{prefix}.metadata", Text(document, "metadata"));
        }
    }

    private static void AddMessage(AliasWriter span, string prefix, Message message)
    {
        prefix += ".message";
        span.Add($"{prefix}.role", message.Role);
        var said = message.Parts.Where(p => p.Content is not null || p.Type == MessagePart.UriType).ToList();
        if (said.All(p => p.Type == MessagePart.TextType))
            span.Add($"{prefix}.content", said.Count == 0 ? null : message.Text);
        else
            AddContents(span, prefix, said);
        foreach (var (k, call) in message.Parts.Where(p => p.Type == MessagePart.ToolCallType).Index())
        {
            span.Add($"{prefix}.tool_calls.{k}.tool_call.id", call.Id);
            span.Add($"{prefix}.tool_calls.{k}.tool_call.function.name", call.Name);
            span.Add($"{prefix}.tool_calls.{k}.tool_call.function.arguments", call.Arguments?.GetRawText());
        }

        if (message.Parts is [{ Type: MessagePart.ToolResponseType } response])
        {
            span.Add($"{prefix}.tool_call_id", response.Id);
            span.Add($"{prefix}.content", response.Response is { } json ? Text(json) : null);
        }
    }

    private static void AddContents(AliasWriter span, string prefix, List<MessagePart> parts)
    {
        foreach (var (j, part) in parts.Index())
        {
            var content = $"{prefix}.contents.{j}.message_content";
            span.Add($"{content}.type", part.Type == MessagePart.UriType ? "image" : part.Type);
            span.Add($"{content}.text", part.Content);
            span.Add($"{content}.image.image.url", part.Uri);
        }
    }

    // There a message answers one call.
    private static IEnumerable<Message> OnePerResponse(Message message)
    {
        var responses = message.Parts.Where(p => p.Type == MessagePart.ToolResponseType).ToList();
        return responses.Count < 2 ? [message] : responses.Select(r => message with { Parts = [r] });
    }

    private static void AddValue(AliasWriter span, string key, string mimeKey, string? json)
    {
        if (json is null)
            return;
        span.Add(key, json);
        span.Add(mimeKey, SpanContent.Json);
    }

    private static string Schema(JsonElement tool)
    {
        if (tool.ValueKind != JsonValueKind.Object)
            return tool.GetRawText();
        var function = tool.EnumerateObject().Where(m => m.Name != "type").ToDictionary(m => m.Name, m => m.Value);
        return AgentJson.Serialize(new { Type = "function", Function = function });
    }

    private static string? Text(JsonElement owner, string member) => owner.TryGetProperty(member, out var value) ? Text(value) : null;

    private static string Text(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, which no string may hold.
            return value.GetRawText();
        }
    }
}
