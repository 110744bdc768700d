// The `input` of a run request: a text, or a list of texts and images.
using System.Buffers.Text;
using System.Text.Json.Nodes;
using AgentFunctions.Models;

namespace AgentFunctions.Http;

/// <summary>
/// What a run is asked. A list has parts <c>{"type":"text","text"}</c> and <c>{"type":"image"}</c> with either <c>url</c>
/// or <c>data</c> (base64) and <c>media_type</c>.
/// </summary>
/// <param name="Text">All text, a line for each part.</param>
/// <param name="Parts">The message that the model gets; null for a text alone.</param>
internal sealed record RunInput(string Text, IReadOnlyList<MessagePart>? Parts)
{
    public const int MaxImages = 20;

    /// <summary>The largest image that may be sent as data, in bytes.</summary>
    public const int MaxImageBytes = 5 * 1024 * 1024;

    private const string Wanted = "'input' is required: a non-empty string, or a list of {\"type\":\"text\",\"text\"} and {\"type\":\"image\",\"url\"} or {\"type\":\"image\",\"data\",\"media_type\"}.";

    private static readonly string[] _mediaTypes = ["image/png", "image/jpeg", "image/gif", "image/webp"];

    /// <exception cref="ApiException">400: it is of another form.</exception>
    public static RunInput Read(JsonObject root)
    {
        if (root["input"] is JsonArray list)
            return ReadList(list);
        return RunRequest.StringAt(root, "input") is { } text && !string.IsNullOrWhiteSpace(text) ? new RunInput(text, null) : throw ApiException.Invalid(Wanted);
    }

    private static RunInput ReadList(JsonArray list)
    {
        if (list.Count == 0)
            throw ApiException.Invalid(Wanted);
        var parts = list.Select((part, i) => ReadPart(part as JsonObject ?? throw ApiException.Invalid(Wanted), $"input[{i}]")).ToList();
        var images = parts.Count(p => p.Type != MessagePart.TextType);
        if (images > MaxImages)
            throw ApiException.Invalid($"'input' has more than {MaxImages} images.");
        var text = string.Join('\n', parts.Where(p => p.Type == MessagePart.TextType).Select(p => p.Content));
        return new RunInput(text, images == 0 ? null : parts);
    }

    private static MessagePart ReadPart(JsonObject part, string place)
    {
        switch (RunRequest.StringAt(part, "type"))
        {
            case "text":
                RunRequest.RequireKnown(part, ["type", "text"], $"{place}.");
                return RunRequest.StringAt(part, "text") is { } text && !string.IsNullOrWhiteSpace(text)
                    ? MessagePart.OfText(text)
                    : throw ApiException.Invalid($"'{place}.text' is required: a non-empty string.");
            case "image":
                RunRequest.RequireKnown(part, ["type", "url", "data", "media_type"], $"{place}.");
                return RunRequest.StringAt(part, "url") is { } url ? ReadUrl(part, url, place) : ReadData(part, place);
            default:
                throw ApiException.Invalid($"'{place}.type' must be text or image.");
        }
    }

    private static MessagePart ReadUrl(JsonObject part, string url, string place)
    {
        if (part.ContainsKey("data") || part.ContainsKey("media_type"))
            throw ApiException.Invalid($"'{place}' has both a url and data; send one of them.");
        return Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? MessagePart.OfImageAt(url)
            : throw ApiException.Invalid($"'{place}.url' must be an absolute http or https URL; an image itself goes into 'data' with its 'media_type'.");
    }

    private static MessagePart ReadData(JsonObject part, string place)
    {
        var data = RunRequest.StringAt(part, "data") ?? throw ApiException.Invalid($"'{place}' is an image and needs a 'url', or 'data' and 'media_type'.");
        var type = RunRequest.StringAt(part, "media_type");
        if (type is null || !_mediaTypes.Contains(type))
            throw ApiException.Invalid($"'{place}.media_type' must be one of {string.Join(", ", _mediaTypes)}.");
        if (!Base64.IsValid(data, out var bytes) || bytes == 0)
            throw ApiException.Invalid($"'{place}.data' must be the image in base64, without a data: prefix.");
        return bytes <= MaxImageBytes
            ? MessagePart.OfImage(type, data)
            : throw ApiException.Invalid($"'{place}.data' is an image of {bytes} bytes; at most {MaxImageBytes} can be sent. Make it smaller, or send its url.");
    }
}
