// The schema of a structured output: from a C# type, and closed so that providers can hold a model to it.
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using AgentFunctions.Tools;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Output;

internal static class OutputSchema
{
    private static readonly AIJsonSchemaCreateOptions _strict = new()
    {
        TransformOptions = new() { DisallowAdditionalProperties = true, RequireAllProperties = true, MoveDefaultKeywordToDescription = true },
    };

    /// <summary>How values of an output's type are written and read.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <exception cref="ArgumentException">The type is not written as a JSON object.</exception>
    public static JsonElement Of(Type type)
    {
        var schema = AIJsonUtilities.CreateJsonSchema(type, serializerOptions: Json, inferenceOptions: _strict);
        if (JsonNode.Parse(schema.GetRawText()) is not JsonObject { } root || !root.ContainsKey("properties"))
            throw new ArgumentException($"{type.Name} is not written as a JSON object with members. Use a class or a record; wrap a list or a single value in one.", nameof(type));

        // A reference type at the top may be null for the exporter, and never for a provider.
        root["type"] = "object";
        return JsonSerializer.SerializeToElement(root);
    }

    /// <summary>The schema with what its author left out: every object is closed and requires all of its members.</summary>
    public static JsonElement Closed(JsonElement schema)
    {
        var root = JsonNode.Parse(schema.GetRawText());
        foreach (var node in ObjectsIn(root).ToList())
        {
            node.TryAdd("additionalProperties", false);
            node.TryAdd("required", new JsonArray([.. MembersOf(node).Select(name => JsonValue.Create(name))]));
        }

        return JsonSerializer.SerializeToElement(root);
    }

    /// <summary>Why the schema cannot be used; null when it can.</summary>
    public static string? ProblemOf(JsonElement schema, bool strict)
    {
        if (ArgumentValidator.ProblemOf(schema) is { } problem)
            return $"is not a valid JSON Schema: {problem}";
        var root = JsonNode.Parse(schema.GetRawText());
        if ((root as JsonObject)?["type"]?.ToJsonString() != "\"object\"")
            return "must be of type object at the top; wrap a list or a single value in a member";
        return strict ? ObjectsIn(root).Select(LooseAt).FirstOrDefault(text => text is not null) : null;
    }

    /// <summary>The schema and every schema inside it.</summary>
    public static IEnumerable<JsonObject> PartsOf(JsonNode? schema)
    {
        if (schema is not JsonObject part)
            return [];
        // `properties` holds members by name, one of which may itself be called properties: schemas are walked, never names.
        var named = new[] { "properties", "$defs", "definitions" }.SelectMany(key => (part[key] as JsonObject)?.Select(m => m.Value) ?? []);
        var listed = new[] { "anyOf", "oneOf", "allOf" }.SelectMany(key => part[key] as JsonArray ?? []);
        return named.Concat(listed).Append(part["items"]).SelectMany(PartsOf).Prepend(part);
    }

    private static string? LooseAt(JsonObject node)
    {
        var optional = MembersOf(node).Except((node["required"] as JsonArray)?.Select(n => n?.ToString() ?? "") ?? []).ToList();
        if (optional.Count > 0)
            return $"leaves '{optional[0]}' optional, and a strict output has no optional members: require it and allow null (type: [string, \"null\"]), or set strict: false";
        return node["additionalProperties"]?.GetValueKind() == JsonValueKind.False
            ? null
            : "lets an object have members that it does not name: set additionalProperties: false there, or strict: false";
    }

    private static IEnumerable<string> MembersOf(JsonObject node) => node["properties"]!.AsObject().Select(member => member.Key);

    private static IEnumerable<JsonObject> ObjectsIn(JsonNode? schema) => PartsOf(schema).Where(part => part["properties"] is JsonObject);
}
