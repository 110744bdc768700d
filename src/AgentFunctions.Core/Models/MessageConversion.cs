// Between our stored messages and the chat messages of Microsoft.Extensions.AI, both ways.
using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Tools;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Models;

/// <summary>Converts messages, tools, finish reasons and usage. Nothing that a provider needs back is lost on the way.</summary>
public static class MessageConversion
{
    /// <summary>Key in <c>AdditionalProperties</c> of a call whose arguments were not a JSON object: the text the model sent.</summary>
    public const string RawArguments = "raw_arguments";

    /// <summary>Key in <c>AdditionalCounts</c> of usage: tokens written to the provider's cache, part of the input tokens.</summary>
    public const string CacheCreation = "cache_creation";

    /// <summary>Key in <c>AdditionalProperties</c> of a call: the signature over the reasoning that led to it, to be sent back.</summary>
    public const string CallSignature = "thought_signature";

    private const string AnyImage = "image/*";

    public static ChatMessage ToChatMessage(Message message) =>
        new(new ChatRole(message.Role), [.. message.Parts.Select(ToContent)]);

    public static Message ToMessage(ChatMessage message, ChatFinishReason? finishReason = null) => new()
    {
        Role = message.Role.Value,
        Parts = [.. message.Contents.Select(ToPart).OfType<MessagePart>()],
        FinishReason = finishReason is { } reason ? ToWord(reason) : null,
    };

    /// <summary>The tool as the model is told of it; a declaration only, it cannot be invoked.</summary>
    public static AITool ToAITool(ToolDefinition tool) =>
        AIFunctionFactory.CreateDeclaration(tool.Name, tool.Description, tool.ForModel.Parameters);

    /// <summary><c>tool_call</c> for a call of tools; the other reasons have the same word on both sides.</summary>
    public static string ToWord(ChatFinishReason reason) =>
        reason == ChatFinishReason.ToolCalls ? "tool_call" : reason.Value;

    public static RunUsage ToRunUsage(UsageDetails usage) =>
        new(usage.InputTokenCount ?? 0, usage.OutputTokenCount ?? 0, usage.ReasoningTokenCount ?? 0, usage.CachedInputTokenCount ?? 0)
        {
            CacheWriteTokens = usage.AdditionalCounts?.TryGetValue(CacheCreation, out var written) == true ? written : 0,
        };

    /// <summary>A complete tool call from the text of its arguments; empty text is a call without arguments.</summary>
    public static FunctionCallContent ToCall(string id, string name, string arguments)
    {
        if (string.IsNullOrWhiteSpace(arguments))
            return new FunctionCallContent(id, name, new Dictionary<string, object?>());
        return TryParseObject(arguments) is { } members
            ? new FunctionCallContent(id, name, members)
            : new FunctionCallContent(id, name) { AdditionalProperties = new() { [RawArguments] = arguments } };
    }

    /// <summary>The call with the signature that belongs to it; without one the call as it is.</summary>
    internal static FunctionCallContent WithSignature(this FunctionCallContent call, string? signature)
    {
        if (signature is not null)
            (call.AdditionalProperties ??= [])[CallSignature] = signature;
        return call;
    }

    public static string? SignatureOf(FunctionCallContent call) =>
        call.AdditionalProperties?.TryGetValue(CallSignature, out string? signature) == true ? signature : null;

    private static AIContent ToContent(MessagePart part) => part.Type switch
    {
        MessagePart.ReasoningType => new TextReasoningContent(part.Content) { ProtectedData = part.Signature },
        MessagePart.ToolCallType => ToCall(part.Id ?? "", part.Name ?? "", ArgumentText(part.Arguments)).WithSignature(part.Signature),
        MessagePart.ToolResponseType => new FunctionResultContent(part.Id ?? "", part.Response),
        MessagePart.BlobType => new DataContent(Convert.FromBase64String(part.Content ?? ""), part.MimeType ?? AnyImage),
        MessagePart.UriType => new UriContent(part.Uri ?? "", part.MimeType ?? AnyImage),
        _ => new TextContent(part.Content),
    };

    internal static MessagePart? ToPart(AIContent content) => content switch
    {
        TextContent text => MessagePart.OfText(text.Text),
        TextReasoningContent thought => new MessagePart
        {
            Type = MessagePart.ReasoningType,
            Content = thought.Text,
            Signature = thought.ProtectedData,
        },
        FunctionCallContent call => new MessagePart
        {
            Type = MessagePart.ToolCallType,
            Id = call.CallId,
            Name = call.Name,
            Arguments = ArgumentElement(call),
            Signature = SignatureOf(call),
        },
        FunctionResultContent result => new MessagePart
        {
            Type = MessagePart.ToolResponseType,
            Id = result.CallId,
            Response = JsonSerializer.SerializeToElement(result.Result),
        },
        _ => null,
    };

    private static JsonElement ArgumentElement(FunctionCallContent call) =>
        call.Arguments is null && call.AdditionalProperties?.TryGetValue(RawArguments, out string? raw) == true
            ? JsonSerializer.SerializeToElement(raw)
            : JsonSerializer.SerializeToElement(call.Arguments ?? new Dictionary<string, object?>());

    // A JSON string holds the raw text of arguments that were not JSON.
    private static string ArgumentText(JsonElement? arguments) => arguments switch
    {
        null => "",
        { ValueKind: JsonValueKind.String } raw => raw.GetString()!,
        { } element => element.GetRawText(),
    };

    private static Dictionary<string, object?>? TryParseObject(string json)
    {
        try
        {
            var element = ForeignJson.Parse(json);
            return element.ValueKind != JsonValueKind.Object
                ? null
                : element.EnumerateObject().GroupBy(m => m.Name).ToDictionary(g => g.Key, g => (object?)g.Last().Value);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
