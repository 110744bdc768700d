// The body of an Anthropic messages request.
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AgentFunctions.Output;
using AgentFunctions.Runs;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Models.Providers;

internal sealed partial class AnthropicRequest(ModelDefinition model)
{
    /// <summary>Tokens of an answer, thinking included, when the definition sets no limit: the API insists on one.</summary>
    public const int DefaultMaxTokens = 16_384;

    /// <summary>Marks the data of a redacted thinking block where a thinking block has its signature.</summary>
    public const string Redacted = MessagePart.RedactedMark;

    public JsonObject Write(IReadOnlyList<ChatMessage> messages, ChatOptions? options)
    {
        RefuseWhatTheApiLacks(options);
        // The API takes closed schemas only.
        var format = OutputFormat.SchemaFor(options, OutputFormat.IsStrict(options) ? FormatSupport.Schema : FormatSupport.None);
        if (format is null)
            messages = [.. OutputPrompt.In(messages, options)];
        var body = new JsonObject
        {
            ["model"] = model.Model,
            ["max_tokens"] = MaxTokens(options),
            ["messages"] = WriteTurns(messages.Where(m => m.Role != ChatRole.System)),
        };
        var system = string.Join("\n\n", messages.Where(m => m.Role == ChatRole.System).Select(WireText.TextOf));
        if (system.Length > 0)
            body["system"] = system;
        if (model.ThinkingTokens is { } thinking)
            body["thinking"] = new JsonObject { ["type"] = "enabled", ["budget_tokens"] = thinking };
        WriteOutputConfig(body, format);
        if (model.Stop is { Count: > 0 } stop)
            body["stop_sequences"] = new JsonArray([.. stop.Select(text => JsonValue.Create(text))]);
        WriteTools(body, options);
        if (model.Cache is { } cache)
            AnthropicCacheMarks.Set(body, cache);
        return body;
    }

    // Version 2026-10-21 of the API, which the SDK speaks, has no sampling parameters any more. Better said here than left
    // out in silence.
    private void RefuseWhatTheApiLacks(ChatOptions? options)
    {
        string?[] refused =
        [
            (model.Temperature ?? options?.Temperature) is null ? null : "temperature",
            model.TopP is null ? null : "top_p",
            model.Seed is null ? null : "seed",
            model.FrequencyPenalty is null ? null : "frequency_penalty",
            model.PresencePenalty is null ? null : "presence_penalty",
        ];
        if (string.Join(", ", refused.OfType<string>()) is { Length: > 0 } names)
            throw Unusable($"Anthropic's API has no {names}; remove {names} from models.{model.Key}");
    }

    private void WriteOutputConfig(JsonObject body, ChatResponseFormatJson? format)
    {
        var config = new JsonObject();
        if (model.ReasoningEffort is { } effort)
            config["effort"] = effort;
        if (format is not null)
            config["format"] = AnthropicSchema.Format(format.Schema!.Value);
        if (config.Count > 0)
            body["output_config"] = config;
    }

    private int MaxTokens(ChatOptions? options)
    {
        var thinking = model.ThinkingTokens ?? 0;
        var limit = options?.MaxOutputTokens ?? model.MaxTokens ?? DefaultMaxTokens + thinking;
        return limit > thinking ? limit
            : throw Unusable($"max_tokens ({limit}) must be greater than thinking_tokens ({thinking}), which are part of it");
    }

    private ModelException Unusable(string why) =>
        new(RunErrorCodes.InvalidConfig, $"Model '{model.Key}' cannot be used: {why}.", retryable: false);

    private static void WriteTools(JsonObject body, ChatOptions? options)
    {
        var tools = options?.Tools?.OfType<AIFunctionDeclaration>().ToList() ?? [];
        if (tools.Count == 0)
            return;
        body["tools"] = new JsonArray([.. tools.Select(WriteTool)]);
        if (options?.ToolMode is NoneChatToolMode)
            body["tool_choice"] = new JsonObject { ["type"] = "none" };
        else if (options?.ToolMode is RequiredChatToolMode)
            body["tool_choice"] = new JsonObject { ["type"] = "any" };
    }

    private static JsonObject WriteTool(AIFunctionDeclaration tool)
    {
        var schema = WireText.SchemaOf(tool);
        schema["type"] ??= "object";
        return new JsonObject { ["name"] = tool.Name, ["description"] = tool.Description, ["input_schema"] = schema };
    }

    // All results of a step belong into one user turn, so neighbours of one role become one turn.
    private static JsonArray WriteTurns(IEnumerable<ChatMessage> messages)
    {
        var turns = new JsonArray();
        foreach (var message in messages)
        {
            var role = message.Role == ChatRole.Assistant ? "assistant" : "user";
            var blocks = message.Contents.Select(WriteBlock).OfType<JsonNode>().ToList();
            if (blocks.Count == 0)
                continue;
            if (turns.Count == 0 || turns[^1]!["role"]!.GetValue<string>() != role)
                turns.Add(new JsonObject { ["role"] = role, ["content"] = new JsonArray() });
            foreach (var block in blocks)
                turns[^1]!["content"]!.AsArray().Add(block);
        }

        return turns;
    }

    private static JsonObject? WriteBlock(AIContent content) => content switch
    {
        // The API refuses empty text.
        TextContent text when !string.IsNullOrWhiteSpace(text.Text) => new() { ["type"] = "text", ["text"] = text.Text },
        DataContent image => WriteImage(new JsonObject { ["type"] = "base64", ["media_type"] = image.MediaType, ["data"] = image.Base64Data.ToString() }),
        UriContent image => WriteImage(new JsonObject { ["type"] = "url", ["url"] = image.Uri.OriginalString }),
        TextReasoningContent thought => WriteThought(thought),
        FunctionCallContent call => new()
        {
            ["type"] = "tool_use",
            ["id"] = WireId(call.CallId),
            ["name"] = call.Name,
            ["input"] = WireText.ArgumentsOf(call),
        },
        FunctionResultContent result => new()
        {
            ["type"] = "tool_result",
            ["tool_use_id"] = WireId(result.CallId),
            ["content"] = WireText.ResultOf(result),
        },
        _ => null,
    };

    private static JsonObject WriteImage(JsonObject source) => new() { ["type"] = "image", ["source"] = source };

    // Reasoning without a signature is another provider's and would be refused.
    private static JsonObject? WriteThought(TextReasoningContent thought) => thought.ProtectedData switch
    {
        null => null,
        var data when data.StartsWith(Redacted, StringComparison.Ordinal) =>
            new() { ["type"] = "redacted_thinking", ["data"] = data[Redacted.Length..] },
        var signature => new() { ["type"] = "thinking", ["thinking"] = thought.Text, ["signature"] = signature },
    };

    // Ids of other providers in the same session may have characters that this API refuses.
    private static string WireId(string id) => Unaccepted().Replace(id, "_");

    [GeneratedRegex("[^a-zA-Z0-9_-]")]
    private static partial Regex Unaccepted();
}
