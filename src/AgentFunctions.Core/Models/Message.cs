// A chat message as we store it: the message shape of the OpenTelemetry GenAI conventions, so that spans carry it unchanged.
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentFunctions.Models;

/// <summary>One message of a conversation: <c>{"role","parts":[…],"finish_reason"?}</c> (GenAI conventions 1.41).</summary>
public sealed record Message
{
    /// <summary><c>system</c>, <c>user</c>, <c>assistant</c> or <c>tool</c>.</summary>
    public required string Role { get; init; }

    public required IReadOnlyList<MessagePart> Parts { get; init; }

    /// <summary>On an assistant's message: <c>stop</c>, <c>length</c>, <c>content_filter</c>, <c>tool_call</c> or <c>error</c>.</summary>
    public string? FinishReason { get; init; }

    /// <summary>All text parts, joined.</summary>
    [JsonIgnore]
    public string Text => string.Concat(Parts.Where(p => p.Type == MessagePart.TextType).Select(p => p.Content));

    public static Message User(string text) => new() { Role = "user", Parts = [MessagePart.OfText(text)] };

    public static Message ToolResult(string callId, JsonElement response) =>
        new() { Role = "tool", Parts = [new MessagePart { Type = MessagePart.ToolResponseType, Id = callId, Response = response }] };
}

/// <summary>One part of a message. Which members are set depends on <see cref="Type"/>.</summary>
public sealed record MessagePart
{
    public const string TextType = "text";
    public const string ReasoningType = "reasoning";
    public const string ToolCallType = "tool_call";
    public const string ToolResponseType = "tool_call_response";

    public required string Type { get; init; }

    /// <summary>Text of a <c>text</c> or <c>reasoning</c> part.</summary>
    public string? Content { get; init; }

    /// <summary>The call id of a <c>tool_call</c> or <c>tool_call_response</c>.</summary>
    public string? Id { get; init; }

    /// <summary>The tool of a <c>tool_call</c>.</summary>
    public string? Name { get; init; }

    /// <summary>A JSON object; when the model sent invalid JSON, the raw text as a JSON string.</summary>
    public JsonElement? Arguments { get; init; }

    /// <summary>What the tool answered: any JSON.</summary>
    public JsonElement? Response { get; init; }

    /// <summary>The provider's signature over a <c>reasoning</c> part, to be sent back unchanged (Anthropic thinking).</summary>
    public string? Signature { get; init; }

    public static MessagePart OfText(string text) => new() { Type = TextType, Content = text };
}
