// The body of a chat-completions request.
using System.Text.Json.Nodes;
using AgentFunctions.Output;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Models.Providers;

internal sealed class OpenAIRequest(ModelDefinition model, ProviderPreset preset)
{
    private const string NoSignature = "skip_thought_signature_validator";

    public JsonObject Write(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        var format = OutputFormat.SchemaFor(options, preset.Format);
        var said = format is null ? OutputPrompt.In(messages, options) : messages;
        var body = new JsonObject
        {
            ["model"] = model.Model,
            ["messages"] = new JsonArray([.. said.SelectMany(WriteMessage)]),
            ["stream"] = true,
        };
        if (preset.StreamOptions)
            body["stream_options"] = new JsonObject { ["include_usage"] = true };
        WriteSettings(body, options);
        WriteTools(body, options);
        if (format is not null)
            body["response_format"] = WriteFormat(format, options);
        else if (options?.ResponseFormat is ChatResponseFormatJson && preset.Format == FormatSupport.Json)
            body["response_format"] = new JsonObject { ["type"] = "json_object" };
        return body;
    }

    private void WriteSettings(JsonObject body, ChatOptions? options)
    {
        // The definition's double first: the option is a float and would send 0.2 as 0.20000000298.
        Set("temperature", model.Temperature ?? options?.Temperature);
        Set("top_p", model.TopP);
        Set(preset.MaxCompletionTokens ? "max_completion_tokens" : "max_tokens", options?.MaxOutputTokens ?? model.MaxTokens);
        Set(preset.Seed, model.Seed);
        Set("frequency_penalty", model.FrequencyPenalty);
        Set("presence_penalty", model.PresencePenalty);
        Set("reasoning_effort", model.ReasoningEffort);
        if (model.Stop is { Count: > 0 } stop)
            body["stop"] = new JsonArray([.. stop.Select(text => JsonValue.Create(text))]);
        if (preset.CacheKey && model.Cache is not null)
            Set("prompt_cache_key", ModelCacheKey.Of(options));

        void Set(string name, JsonNode? value)
        {
            if (value is not null)
                body[name] = value;
        }
    }

    private static JsonObject WriteFormat(ChatResponseFormatJson format, ChatOptions? options)
    {
        var schema = new JsonObject
        {
            ["name"] = format.SchemaName,
            ["strict"] = OutputFormat.IsStrict(options),
            ["schema"] = JsonObject.Create(format.Schema!.Value),
        };
        if (format.SchemaDescription is { } description)
            schema["description"] = description;
        return new JsonObject { ["type"] = "json_schema", ["json_schema"] = schema };
    }

    private static void WriteTools(JsonObject body, ChatOptions? options)
    {
        var tools = options?.Tools?.OfType<AIFunctionDeclaration>().ToList() ?? [];
        if (tools.Count == 0)
            return;
        body["tools"] = new JsonArray([.. tools.Select(WriteTool)]);
        if (options?.ToolMode is NoneChatToolMode)
            body["tool_choice"] = "none";
        else if (options?.ToolMode is RequiredChatToolMode)
            body["tool_choice"] = "required";
    }

    private static JsonObject WriteTool(AIFunctionDeclaration tool) => new()
    {
        ["type"] = "function",
        ["function"] = new JsonObject
        {
            ["name"] = tool.Name,
            ["description"] = tool.Description,
            ["parameters"] = WireText.SchemaOf(tool),
        },
    };

    private IEnumerable<JsonObject> WriteMessage(ChatMessage message)
    {
        if (message.Role == ChatRole.Tool)
            return message.Contents.OfType<FunctionResultContent>().Select(WriteResult);
        return [message.Role == ChatRole.Assistant ? WriteAnswer(message) : WriteText(message)];
    }

    private static JsonObject WriteText(ChatMessage message) => new()
    {
        ["role"] = message.Role.Value,
        ["content"] = message.Contents.Any(IsImage) ? new JsonArray([.. message.Contents.Select(WritePart).OfType<JsonNode>()]) : WireText.TextOf(message),
    };

    private static bool IsImage(AIContent content) => content is DataContent or UriContent;

    private static JsonObject? WritePart(AIContent content) => content switch
    {
        TextContent text => new() { ["type"] = "text", ["text"] = text.Text },
        DataContent image => WriteImage(image.Uri),
        UriContent image => WriteImage(image.Uri.OriginalString),
        _ => null,
    };

    private static JsonObject WriteImage(string url) => new() { ["type"] = "image_url", ["image_url"] = new JsonObject { ["url"] = url } };

    private static JsonObject WriteResult(FunctionResultContent result) =>
        new() { ["role"] = "tool", ["tool_call_id"] = result.CallId, ["content"] = WireText.ResultOf(result) };

    private JsonObject WriteAnswer(ChatMessage message)
    {
        var answer = WriteText(message);
        var calls = message.Contents.OfType<FunctionCallContent>().ToList();
        if (calls.Count == 0)
            return answer;

        if (answer["content"]!.GetValue<string>().Length == 0)
            answer["content"] = null;
        answer["tool_calls"] = new JsonArray([.. calls.Select(WriteCall)]);
        if (preset.CallSignatures)
            Sign(answer["tool_calls"]!.AsArray(), calls);
        if (preset.ReasoningBack)
            answer["reasoning_content"] = string.Concat(message.Contents.OfType<TextReasoningContent>().Select(r => r.Text));
        return answer;
    }

    // Gemini refuses a first call without a signature, unless it is told that the call is not of its own making.
    private static void Sign(JsonArray written, List<FunctionCallContent> calls)
    {
        foreach (var (i, call) in calls.Index())
        {
            if ((MessageConversion.SignatureOf(call) ?? (i == 0 ? NoSignature : null)) is { } signature)
                written[i]!["extra_content"] = new JsonObject { ["google"] = new JsonObject { ["thought_signature"] = signature } };
        }
    }

    private static JsonObject WriteCall(FunctionCallContent call) => new()
    {
        ["id"] = call.CallId,
        ["type"] = "function",
        ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = WireText.ArgumentsOf(call).ToJsonString() },
    };
}
