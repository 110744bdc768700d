// What the operators of an expression do with JSON values.
using System.Globalization;
using System.Text.Json;

namespace AgentFunctions.Expressions;

internal static class Operand
{
    /// <summary>The truth of a value: only <c>true</c> and <c>false</c> have one.</summary>
    public static bool? Truth(JsonElement? value) => value?.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    public static JsonElement? Of(bool? truth) => truth is { } known ? JsonSerializer.SerializeToElement(known) : null;

    /// <summary>The member of an object, or the item of a list by its index.</summary>
    public static JsonElement? Member(JsonElement of, string name)
    {
        if (of.ValueKind == JsonValueKind.Object)
            return of.TryGetProperty(name, out var member) ? member : null;
        return of.ValueKind == JsonValueKind.Array
            && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < of.GetArrayLength()
            ? of[index]
            : null;
    }

    /// <summary>Null when the two cannot be compared in that way.</summary>
    public static bool? Compare(JsonElement? left, string comparison, JsonElement? right) => comparison switch
    {
        "==" => AreEqual(left, right),
        "!=" => !AreEqual(left, right),
        "contains" => Contains(left, right),
        _ => Order(left, right) is { } order ? Holds(order, comparison) : null,
    };

    private static bool Holds(int order, string comparison) => comparison switch
    {
        ">" => order > 0,
        ">=" => order >= 0,
        "<" => order < 0,
        _ => order <= 0,
    };

    private static bool? AreEqual(JsonElement? left, JsonElement? right)
    {
        if (left is { ValueKind: JsonValueKind.Null } || right is { ValueKind: JsonValueKind.Null })
            return IsNothing(left) && IsNothing(right);
        if (left is not { } a || right is not { } b)
            return null;
        return a.ValueKind == JsonValueKind.Number && b.ValueKind == JsonValueKind.Number ? Order(a, b) == 0 : JsonElement.DeepEquals(a, b);
    }

    private static bool IsNothing(JsonElement? value) => value is null or { ValueKind: JsonValueKind.Null };

    private static int? Order(JsonElement? left, JsonElement? right) => (left, right) switch
    {
        ({ ValueKind: JsonValueKind.Number } a, { ValueKind: JsonValueKind.Number } b) =>
            a.TryGetDecimal(out var x) && b.TryGetDecimal(out var y) ? x.CompareTo(y) : a.GetDouble().CompareTo(b.GetDouble()),
        ({ ValueKind: JsonValueKind.String } a, { ValueKind: JsonValueKind.String } b) => string.CompareOrdinal(a.GetString(), b.GetString()),
        _ => null,
    };

    private static bool? Contains(JsonElement? left, JsonElement? right) => (left, right) switch
    {
        ({ ValueKind: JsonValueKind.String } text, { ValueKind: JsonValueKind.String } part) =>
            text.GetString()!.Contains(part.GetString()!, StringComparison.Ordinal),
        ({ ValueKind: JsonValueKind.Array } list, { } item) => list.EnumerateArray().Any(element => AreEqual(element, item) == true),
        _ => null,
    };
}
