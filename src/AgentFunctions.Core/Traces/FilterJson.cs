// Reads the filter of searches from JSON and checks everything, so that stores need not.
using System.Globalization;
using System.Text.Json;
using AgentFunctions.Configuration;

namespace AgentFunctions.Traces;

/// <summary>
/// Reads <c>{op, key, value}</c>, <c>{op: IN, key, values}</c>, <c>{op: AND|OR, conditions}</c> and <c>{op: NOT, condition}</c>.
/// Operators in any case, keys as <see cref="FilterKeys"/> has them, times normalised to UTC, statuses to lower case.
/// </summary>
public sealed class FilterJson
{
    /// <summary>How many conditions one filter may have, groups included.</summary>
    public const int MaxConditions = 100;

    /// <summary>How many values one IN may list.</summary>
    public const int MaxValues = 500;

    private static readonly string[] _compare = ["EQ", "NEQ", "GT", "GTE", "LT", "LTE", "CONTAINS", "STARTSWITH"];
    private static readonly string[] _operators = [.. _compare, "IN", "AND", "OR", "NOT"];

    private readonly IReadOnlyList<string> _keys;
    private readonly IReadOnlyList<string> _statuses;
    private readonly bool _attributes;
    private int _conditions;

    private FilterJson(IReadOnlyList<string> keys, IReadOnlyList<string> statuses, bool attributes) =>
        (_keys, _statuses, _attributes) = (keys, statuses, attributes);

    /// <summary>A filter on the keys of <see cref="FilterKeys.Trace"/>.</summary>
    /// <exception cref="InvalidFilterException">The JSON is no such filter; the message says where and what would be right.</exception>
    public static Filter OfTraces(JsonElement json) =>
        new FilterJson(FilterKeys.Trace, ["ok", "error", "running", "paused"], attributes: false).Read(json, "$", 1);

    /// <summary>A filter on the keys of <see cref="FilterKeys.Span"/> and on <c>attributes.{key}</c>.</summary>
    /// <exception cref="InvalidFilterException">The JSON is no such filter; the message says where and what would be right.</exception>
    public static Filter OfSpans(JsonElement json) =>
        new FilterJson(FilterKeys.Span, ["ok", "error"], attributes: true).Read(json, "$", 1);

    private Filter Read(JsonElement json, string path, int depth)
    {
        if (depth > Filter.MaxDepth)
            throw new InvalidFilterException(path, $"conditions may nest {Filter.MaxDepth} deep, no deeper");
        if (++_conditions > MaxConditions)
            throw new InvalidFilterException(path, $"a filter may have {MaxConditions} conditions; this one has more");
        if (json.ValueKind != JsonValueKind.Object)
            throw new InvalidFilterException(path, """a condition is an object such as {"op":"EQ","key":"status","value":"error"}""");
        return Operator(json, path) switch
        {
            "AND" => new Filter.All(Conditions(json, path, depth)),
            "OR" => new Filter.Any(Conditions(json, path, depth)),
            "NOT" => new Filter.Not(Read(Member(json, "condition", path, "op", "condition"), $"{path}.condition", depth + 1)),
            "IN" => In(json, path),
            var name => Compare(json, path, Enum.Parse<FilterOperator>(name, ignoreCase: true)),
        };
    }

    private static string Operator(JsonElement json, string path)
    {
        if (!json.TryGetProperty("op", out var op) || op.ValueKind != JsonValueKind.String)
            throw new InvalidFilterException($"{path}.op", $"the operator is missing: one of {string.Join(", ", _operators)}");
        var name = FilterValue.Text(op, $"{path}.op");
        return _operators.FirstOrDefault(o => o.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw Unknown($"{path}.op", $"'{name}' is not an operator", name, _operators);
    }

    private List<Filter> Conditions(JsonElement json, string path, int depth)
    {
        var list = Member(json, "conditions", path, "op", "conditions");
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
            throw new InvalidFilterException($"{path}.conditions", "a list of at least one condition is expected");
        return [.. list.EnumerateArray().Select((item, i) => Read(item, $"{path}.conditions[{i}]", depth + 1))];
    }

    private Filter.Compare Compare(JsonElement json, string path, FilterOperator op)
    {
        var value = Member(json, "value", path, "op", "key", "value");
        var key = Key(json, path);
        if (op is FilterOperator.Contains or FilterOperator.StartsWith && (FilterKeys.IsTime(key) || FilterKeys.IsNumber(key)))
            throw new InvalidFilterException($"{path}.op", $"{op.ToString().ToUpperInvariant()} compares text, and '{key}' is none; use EQ, GT, GTE, LT or LTE");
        var read = Value(value, key, $"{path}.value");
        if (op is FilterOperator.Contains or FilterOperator.StartsWith && read is not string)
            throw new InvalidFilterException($"{path}.value", $"{op.ToString().ToUpperInvariant()} needs a string");
        if (read is null or bool && op is not (FilterOperator.Eq or FilterOperator.Neq))
            throw new InvalidFilterException($"{path}.value", "null, true and false have no order; use EQ or NEQ");
        return new Filter.Compare(op, key, read);
    }

    private Filter.In In(JsonElement json, string path)
    {
        var values = Member(json, "values", path, "op", "key", "values");
        var key = Key(json, path);
        if (values.ValueKind != JsonValueKind.Array || values.GetArrayLength() is 0 or > MaxValues)
            throw new InvalidFilterException($"{path}.values", $"a list of 1 to {MaxValues} values is expected");
        return new Filter.In(key, [.. values.EnumerateArray().Select((v, i) => Value(v, key, $"{path}.values[{i}]"))]);
    }

    private string Key(JsonElement json, string path)
    {
        var element = Member(json, "key", path);
        var key = element.ValueKind == JsonValueKind.String ? FilterValue.Text(element, $"{path}.key") : "";
        if (_keys.Contains(key))
            return key;
        if (_attributes && key.Length > FilterKeys.AttributePrefix.Length && key.StartsWith(FilterKeys.AttributePrefix, StringComparison.Ordinal))
            return key;
        throw Unknown($"{path}.key", $"'{key}' is not a key", key, _attributes ? [.. _keys, $"{FilterKeys.AttributePrefix}…"] : _keys);
    }

    private object? Value(JsonElement json, string key, string path) => json.ValueKind == JsonValueKind.Null ? null : key switch
    {
        _ when FilterKeys.IsTime(key) => FilterValue.Time(json, path),
        _ when FilterKeys.IsNumber(key) => FilterValue.Number(json, path),
        "status" => Status(json, path),
        _ when key.StartsWith(FilterKeys.AttributePrefix, StringComparison.Ordinal) => FilterValue.Any(json, path),
        _ => FilterValue.Text(json, path),
    };

    private string Status(JsonElement json, string path)
    {
        var word = FilterValue.Text(json, path);
        return _statuses.FirstOrDefault(s => s.Equals(word, StringComparison.OrdinalIgnoreCase))
            ?? throw Unknown(path, $"'{word}' is not a status", word, _statuses);
    }

    // Also checks that nothing else stands beside it: a misspelt member must not be passed over.
    private static JsonElement Member(JsonElement json, string name, string path, params ReadOnlySpan<string> allowed)
    {
        foreach (var member in json.EnumerateObject())
        {
            if (!allowed.IsEmpty && !allowed.Contains(member.Name))
                throw Unknown($"{path}.{member.Name}", $"'{member.Name}' has no meaning here", member.Name, allowed.ToArray());
        }

        return json.TryGetProperty(name, out var value) ? value : throw new InvalidFilterException($"{path}.{name}", $"'{name}' is missing");
    }

    private static InvalidFilterException Unknown(string path, string problem, string word, IReadOnlyCollection<string> valid) =>
        new(path, Spelling.Nearest(word, valid) is { } near
            ? $"{problem}; did you mean '{near}'?"
            : $"{problem}; valid are {string.Join(", ", valid)}");
}

/// <summary>A filter that cannot be used. The message names the place as a JSON path and what would be right.</summary>
/// <param name="path">From <c>$</c>, for example <c>$.conditions[1].key</c>.</param>
public sealed class InvalidFilterException(string path, string problem) : Exception($"The filter is wrong at {path}: {problem}")
{
    public string Path => path;
}

/// <summary>One value of a filter.</summary>
internal static class FilterValue
{
    public static string Text(JsonElement json, string path)
    {
        if (json.ValueKind != JsonValueKind.String)
            throw new InvalidFilterException(path, "a string is expected");
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new InvalidFilterException(path, "the string is not valid Unicode: a \\u escape has no partner");
        }
    }

    public static double Number(JsonElement json, string path) =>
        json.ValueKind == JsonValueKind.Number && json.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : throw new InvalidFilterException(path, "a number is expected");

    public static DateTimeOffset Time(JsonElement json, string path) =>
        json.ValueKind == JsonValueKind.String
        && DateTimeOffset.TryParse(Text(json, path), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw new InvalidFilterException(path, "a time such as 2026-01-31T12:00:00Z is expected");

    public static object Any(JsonElement json, string path) => json.ValueKind switch
    {
        JsonValueKind.String => Text(json, path),
        JsonValueKind.Number => Number(json, path),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new InvalidFilterException(path, "a string, a number, true, false or null is expected"),
    };
}
