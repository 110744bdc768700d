// What an MCP server answered to a tool call, as the JSON that the model is shown.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace AgentFunctions.Tools.Mcp;

internal static class McpResults
{
    public const string ToolError = "tool_error";

    private const int MaxErrorCharacters = 2000;

    /// <summary>
    /// The structured content where there is one, else the text of a result that is one text, else
    /// <c>{"content":[…]}</c> with every block as the protocol writes it: text, image, audio, resource, resource link.
    /// </summary>
    public static ToolOutcome ToOutcome(CallToolResult result)
    {
        if (result.IsError == true)
            return new ToolOutcome(null, ToolError, Shortened(ErrorText(result)));
        var value = ValueOf(result);
        return value.GetRawText().Length > HttpToolClient.MaxResponseBytes
            ? new ToolOutcome(null, "response_too_large", $"The result is larger than {HttpToolClient.MaxResponseBytes} characters, the limit for tools. Ask for less.")
            : new ToolOutcome(value);
    }

    public static string Shortened(string text) => text.Length > MaxErrorCharacters ? text[..MaxErrorCharacters] + "…" : text;

    // Where there is structured content, the texts beside it say the same once more.
    private static JsonElement ValueOf(CallToolResult result)
    {
        var texts = result.Content.OfType<TextContentBlock>().ToList();
        var onlyTexts = texts.Count == result.Content.Count;
        if (onlyTexts && result.StructuredContent is { } structured)
            return ForeignJson.Parse(structured.GetRawText());
        return onlyTexts && texts.Count == 1 ? ValueOf(texts[0].Text) : Blocks(result);
    }

    // Servers without structured content write their objects as text.
    private static JsonElement ValueOf(string text)
    {
        if (text.TrimStart() is ['{' or '[', ..])
        {
            try
            {
                return ForeignJson.Parse(text);
            }
            catch (JsonException)
            {
                // A text that begins like JSON.
            }
        }

        return JsonSerializer.SerializeToElement(text);
    }

    private static JsonElement Blocks(CallToolResult result)
    {
        var json = new JsonObject
        {
            ["content"] = new JsonArray([.. result.Content.Select(block => JsonSerializer.SerializeToNode(block, McpJsonUtilities.DefaultOptions))]),
        };
        if (result.StructuredContent is { } structured)
            json["structured_content"] = JsonNode.Parse(structured.GetRawText());
        return ForeignJson.Parse(json.ToJsonString());
    }

    private static string ErrorText(CallToolResult result)
    {
        var text = string.Join('\n', result.Content.OfType<TextContentBlock>().Select(block => block.Text));
        return text.Length > 0 ? text : result.StructuredContent?.GetRawText() ?? "The tool reported an error and gave no text.";
    }
}
