// What the {placeholders} of a script stand for.
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AgentFunctions.Models.Scripted;

/// <summary>
/// <c>{input}</c> is the latest user message, <c>{result}</c> and <c>{result.path.0}</c> come from a tool's result,
/// <c>{name}</c> is a group of the rule's <c>when</c>. Any other text in braces stays as it is.
/// </summary>
internal sealed partial class ScriptValues(string input, GroupCollection? groups, JsonElement? result)
{
    public string Fill(string template) => Placeholder().Replace(template, match => ValueOf(match.Groups[1].Value) switch
    {
        null => match.Value,
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { } json => json.GetRawText(),
    });

    /// <summary>Fills every string in the arguments; a string that is one placeholder takes the value's JSON type, so that numbers stay numbers.</summary>
    public JsonNode? Fill(JsonNode? arguments) => arguments switch
    {
        JsonObject map => new JsonObject(map.Select(m => KeyValuePair.Create(m.Key, Fill(m.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Fill)]),
        JsonValue value when value.TryGetValue<string>(out var text) => FillValue(text),
        _ => arguments?.DeepClone(),
    };

    private JsonNode? FillValue(string text)
    {
        var match = Placeholder().Match(text);
        return match.Length == text.Length && match.Success && ValueOf(match.Groups[1].Value) is { } value
            ? JsonSerializer.SerializeToNode(value)
            : JsonValue.Create(Fill(text));
    }

    private JsonElement? ValueOf(string name)
    {
        if (groups?.TryGetValue(name, out var group) == true && group.Success)
            return JsonSerializer.SerializeToElement(group.Value);
        if (name == "input")
            return JsonSerializer.SerializeToElement(input);
        var path = name.Split('.');
        return path[0] == "result" ? path.Skip(1).Aggregate(result, Step) : null;
    }

    private static JsonElement? Step(JsonElement? from, string name) => from switch
    {
        { ValueKind: JsonValueKind.Object } map when map.TryGetProperty(name, out var member) => member,
        { ValueKind: JsonValueKind.Array } list when int.TryParse(name, out var index) && index >= 0 && index < list.GetArrayLength() => list[index],
        _ => null,
    };

    [GeneratedRegex(@"\{([A-Za-z_][\w.-]*)\}")]
    private static partial Regex Placeholder();
}
