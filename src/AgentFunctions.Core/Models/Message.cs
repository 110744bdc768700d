// A chat message as we store it: the message shape of the OpenTelemetry GenAI conventions, so that spans carry it unchanged.
using System.Buffers.Text;
using System.Security.Cryptography;
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

    /// <summary>The message as logs and spans show it; see <see cref="MessagePart.WithoutData"/>.</summary>
    public Message WithoutData() => Parts.Any(p => p.Type == MessagePart.BlobType) ? this with { Parts = [.. Parts.Select(p => p.WithoutData())] } : this;

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

    /// <summary>An image (<see cref="Modality"/>) whose bytes are <see cref="Content"/>.</summary>
    public const string BlobType = "blob";

    /// <summary>An image (<see cref="Modality"/>) that is at <see cref="Uri"/>.</summary>
    public const string UriType = "uri";

    /// <summary>Begins the <see cref="Signature"/> of reasoning that the provider gave encrypted only; the rest is its data.</summary>
    internal const string RedactedMark = "redacted_thinking:";

    public required string Type { get; init; }

    /// <summary>Text of a <c>text</c> or <c>reasoning</c> part; base64 of a <c>blob</c>.</summary>
    public string? Content { get; init; }

    /// <summary>The call id of a <c>tool_call</c> or <c>tool_call_response</c>.</summary>
    public string? Id { get; init; }

    /// <summary>The tool of a <c>tool_call</c>.</summary>
    public string? Name { get; init; }

    /// <summary>A JSON object; when the model sent invalid JSON, the raw text as a JSON string.</summary>
    public JsonElement? Arguments { get; init; }

    /// <summary>What the tool answered: any JSON.</summary>
    public JsonElement? Response { get; init; }

    /// <summary>The provider's signature over a <c>reasoning</c> part (Anthropic) or a <c>tool_call</c> (Gemini), to be sent back unchanged.</summary>
    public string? Signature { get; init; }

    /// <summary>Of a <c>blob</c> or <c>uri</c>: <c>image</c>.</summary>
    public string? Modality { get; init; }

    /// <summary>Of a <c>blob</c>, and of a <c>uri</c> where it is known, for example <c>image/png</c>.</summary>
    public string? MimeType { get; init; }

    /// <summary>Where the image of a <c>uri</c> part is.</summary>
    public string? Uri { get; init; }

    /// <summary>The encrypted data of reasoning that the provider does not show; null for any other part.</summary>
    [JsonIgnore]
    public string? RedactedData =>
        Signature?.StartsWith(RedactedMark, StringComparison.Ordinal) == true ? Signature[RedactedMark.Length..] : null;

    public static MessagePart OfText(string text) => new() { Type = TextType, Content = text };

    /// <param name="mimeType">For example <c>image/png</c>.</param>
    /// <param name="base64">The image's bytes.</param>
    public static MessagePart OfImage(string mimeType, string base64) =>
        new() { Type = BlobType, Modality = "image", MimeType = mimeType, Content = base64 };

    public static MessagePart OfImageAt(string uri) => new() { Type = UriType, Modality = "image", Uri = uri };

    /// <summary>The part as logs and spans show it: an image's bytes are named by their hash (RFC 6920), not repeated.</summary>
    public MessagePart WithoutData() => Type == BlobType && Content is { } data
        ? this with { Type = UriType, Content = null, Uri = $"ni:///sha-256;{Base64Url.EncodeToString(SHA256.HashData(Convert.FromBase64String(data)))}" }
        : this;
}
