// Texts with {{expressions}} that are filled from the state of a run.
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AgentFunctions.Expressions;

namespace AgentFunctions.Workflows;

/// <summary>
/// A text such as <c>Translate {{steps.draft.output}} to {{input.language}}</c>. What stands between the braces is an
/// <see cref="Expression"/> over <c>input</c>, <c>steps.{id}.output</c> (also <c>.status</c> and <c>.error</c>), <c>state</c>,
/// <c>run</c> (<c>id</c>, <c>session_id</c>, <c>user_id</c>, <c>metadata</c>) and <c>loop.iteration</c>. What is missing gives nothing.
/// </summary>
public static partial class Template
{
    /// <summary>The expressions of the text, in their order.</summary>
    /// <exception cref="ExpressionException">What stands between braces is no expression.</exception>
    public static IReadOnlyList<Expression> Expressions(string text) => [.. Hole().Matches(text).Select(match => Expression.Parse(match.Groups[1].Value))];

    /// <summary>The text with its holes filled: texts as they are, other values as JSON.</summary>
    public static string Fill(string text, JsonElement state) => Hole().Replace(text, match => TextOf(Expression.Parse(match.Groups[1].Value).Evaluate(state)));

    /// <summary>Every text of the value filled. A text that is one hole takes the value with its JSON type, so that numbers stay numbers.</summary>
    public static JsonNode? Fill(JsonNode? value, JsonElement state) => value switch
    {
        JsonObject map => new JsonObject(map.Select(member => KeyValuePair.Create(member.Key, Fill(member.Value, state)))),
        JsonArray list => new JsonArray([.. list.Select(item => Fill(item, state))]),
        JsonValue single when single.TryGetValue<string>(out var text) => FillValue(text, state),
        _ => value?.DeepClone(),
    };

    /// <summary>A text as it is, nothing as nothing, any other value as JSON.</summary>
    public static string TextOf(JsonElement? value) => value switch
    {
        null or { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } => "",
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { } json => json.GetRawText(),
    };

    private static JsonNode? FillValue(string text, JsonElement state)
    {
        var match = Hole().Match(text);
        return match.Success && match.Length == text.Length
            ? NodeOf(Expression.Parse(match.Groups[1].Value).Evaluate(state))
            : JsonValue.Create(Fill(text, state));
    }

    private static JsonNode? NodeOf(JsonElement? value) => value is { } json ? JsonNode.Parse(json.GetRawText()) : null;

    [GeneratedRegex(@"\{\{(.*?)\}\}", RegexOptions.Singleline)]
    private static partial Regex Hole();
}
