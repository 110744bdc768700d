// A JSON schema as Anthropic's structured outputs take it.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Output;

namespace AgentFunctions.Models.Providers;

internal static class AnthropicSchema
{
    // The API refuses these. The model reads them in the description instead, and our own check holds it to them.
    private static readonly string[] _refused =
    [
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
        "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
    ];

    /// <summary>The <c>output_config.format</c> of a request.</summary>
    public static JsonObject Format(JsonElement schema)
    {
        var root = JsonObject.Create(schema)!;
        foreach (var part in OutputSchema.PartsOf(root).ToList())
            MoveToDescription(part);
        return new JsonObject { ["type"] = "json_schema", ["schema"] = root };
    }

    private static void MoveToDescription(JsonObject part)
    {
        var limits = _refused.Where(part.ContainsKey).Select(key => $"{key}: {part[key]!.ToJsonString()}").ToList();
        if (limits.Count == 0)
            return;
        part["description"] = $"{part["description"]} ({string.Join(", ", limits)})".TrimStart();
        foreach (var key in _refused)
            part.Remove(key);
    }
}
