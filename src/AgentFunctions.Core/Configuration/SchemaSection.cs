// A tool's `parameters`: JSON Schema written in YAML, checked with places before a validator or a provider sees it.
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AgentFunctions.Tools;

namespace AgentFunctions.Configuration;

internal static class SchemaSection
{
    private static readonly string[] _types = ["object", "array", "string", "number", "integer", "boolean", "null"];

    private static readonly string[] _keywords =
    [
        "$ref", "$defs", "definitions", "title", "description", "default", "examples", "format", "const", "enum", "pattern",
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
        "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "type", "properties", "required",
        "additionalProperties", "items", "anyOf", "oneOf", "allOf", "not", "nullable",
    ];

    /// <summary>
    /// The schema of an arguments object. <c>type: object</c> and <c>additionalProperties: false</c> are added where the
    /// author left them out: an argument that nobody declared is a mistake of the model.
    /// </summary>
    public static JsonElement Read(ConfigValue? value)
    {
        var problemsBefore = value?.File.ProblemCount;
        if (value is not null)
            CheckTop(value);

        var schema = value?.Json() as JsonObject ?? [];
        schema.TryAdd("type", "object");
        schema.TryAdd("properties", new JsonObject());
        schema.TryAdd("additionalProperties", false);
        var element = JsonSerializer.SerializeToElement(schema);
        if (value is not null && value.File.ProblemCount == problemsBefore && ArgumentValidator.ProblemOf(element) is { } problem)
            value.AddProblem($"is not a valid JSON Schema: {problem}");
        return element;
    }

    private static void CheckTop(ConfigValue value)
    {
        if (value.IsMap && value.Map()!.Get("type") is { IsList: false, IsMap: false } type && type.Text() is { } text && text != "object" && _types.Contains(text))
            type.AddProblem($"must be 'object' (the arguments by name), not '{text}'");
        Check(value);
    }

    private static void Check(ConfigValue value)
    {
        if (value.Map() is not { } map)
            return;

        if (map.Get("type") is { } type)
            CheckType(type);
        var properties = CheckMembers(map.Get("properties"));
        CheckMembers(map.Get("$defs"));
        CheckMembers(map.Get("definitions"));
        foreach (var name in map.Get("required")?.List() ?? [])
            CheckRequired(name, properties);
        foreach (var branch in new[] { "anyOf", "oneOf", "allOf" }.SelectMany(key => map.Get(key)?.List() ?? []))
            Check(branch);
        foreach (var nested in new[] { map.Get("items"), map.Get("not"), map.Get("additionalProperties") }.OfType<ConfigValue>())
            CheckSchemaOrFlag(nested);
        if (map.Get("pattern") is { } pattern)
            CheckPattern(pattern);
        if (map.Get("$ref") is { } reference && reference.Text() is { } target && !target.StartsWith('#'))
            reference.AddProblem("must point into this schema ('#/…'); other documents are not loaded");
        map.Get("enum")?.List();
        map.EndWithNearMisses(_keywords);
    }

    private static void CheckType(ConfigValue type)
    {
        foreach (var item in type.IsList ? type.List() : [type])
            item.OneOf(_types);
    }

    private static List<string> CheckMembers(ConfigValue? members)
    {
        var names = new List<string>();
        foreach (var (name, member) in members?.Map()?.Entries() ?? [])
        {
            names.Add(name);
            CheckSchemaOrFlag(member);
        }

        return names;
    }

    private static void CheckSchemaOrFlag(ConfigValue value)
    {
        if (value.IsMap)
            Check(value);
        else
            value.Flag();
    }

    private static void CheckRequired(ConfigValue name, List<string> properties)
    {
        if (name.Text() is { } text && !properties.Contains(text))
            name.AddProblem($"'{text}' is not one of the properties", Spelling.Nearest(text, properties));
    }

    private static void CheckPattern(ConfigValue pattern)
    {
        try
        {
            _ = new Regex(pattern.Text() ?? "");
        }
        catch (RegexParseException e)
        {
            pattern.AddProblem($"is not a regular expression: {e.Message}");
        }
    }
}
