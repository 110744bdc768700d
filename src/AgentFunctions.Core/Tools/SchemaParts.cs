// Parts of JSON Schemas of arguments.
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentFunctions.Tools;

internal static class SchemaParts
{
    /// <summary>The names of the arguments that the schema describes.</summary>
    public static IReadOnlyList<string> Names(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("properties", out var members) && members.ValueKind == JsonValueKind.Object
            ? [.. members.EnumerateObject().Select(member => member.Name)]
            : [];

    /// <summary>The schema without some arguments, neither described nor required.</summary>
    public static JsonElement Without(JsonElement schema, IReadOnlyList<string> names)
    {
        var json = JsonSerializer.Deserialize<JsonObject>(schema)!;
        if (json["properties"] is JsonObject properties)
        {
            foreach (var name in names)
                properties.Remove(name);
        }

        if (json["required"] is JsonArray required)
            json["required"] = new JsonArray([.. required.Where(r => !names.Contains(r?.ToString())).Select(r => r?.DeepClone())]);
        return JsonSerializer.SerializeToElement(json);
    }
}
