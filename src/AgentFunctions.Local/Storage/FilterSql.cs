// Conditions of searches as SQL. Keys become columns that are named here; every value becomes a parameter.
using AgentFunctions.Traces;

namespace AgentFunctions.Local.Storage;

/// <summary>
/// Gives a <see cref="Filter"/> the meaning of <see cref="FilterMatch"/>. A comparison with what is missing is NULL in SQL,
/// which counts as unfulfilled wherever it stands but under NOT; there it is made so.
/// </summary>
internal sealed class FilterSql
{
    private const string SpanDuration = "(s.end_time - s.start_time) / 10000.0";
    private const string TraceDuration = "(t.end_time - t.start_time) / 10000.0";

    private readonly SqlConditions _values;
    private readonly Func<string, string?> _column;
    private readonly bool _attributes;

    private FilterSql(SqlConditions values, Func<string, string?> column, bool attributes) =>
        (_values, _column, _attributes) = (values, column, attributes);

    /// <summary>A condition on <c>traces AS t</c>.</summary>
    /// <exception cref="ArgumentException">A key is not one of a trace.</exception>
    public static string OfTraces(Filter filter, SqlConditions values) => new FilterSql(values, TraceColumn, attributes: false).Translate(filter);

    /// <summary>A condition on <c>spans AS s</c> joined with <c>traces AS t</c>.</summary>
    /// <exception cref="ArgumentException">A key is not one of a span.</exception>
    public static string OfSpans(Filter filter, SqlConditions values) => new FilterSql(values, SpanColumn, attributes: true).Translate(filter);

    /// <summary>The text that the key must equal for the filter to be fulfilled; null when the filter leaves that open.</summary>
    public static string? Pinned(Filter filter, string key) => filter switch
    {
        Filter.Compare { Operator: FilterOperator.Eq } compare when compare.Key == key => compare.Value as string,
        Filter.All all => all.Conditions.Select(condition => Pinned(condition, key)).FirstOrDefault(value => value is not null),
        _ => null,
    };

    private string Translate(Filter filter) => filter switch
    {
        Filter.All all => Join(" AND ", all.Conditions, "1"),
        Filter.Any any => Join(" OR ", any.Conditions, "0"),
        Filter.Not not => $"NOT ifnull({Translate(not.Condition)}, 0)",
        Filter.In list => Join(" OR ", [.. list.Values.Select(value => new Filter.Compare(FilterOperator.Eq, list.Key, value))], "0"),
        Filter.Compare compare => Translate(compare),
        _ => throw new ArgumentException($"Unknown filter {filter.GetType().Name}.", nameof(filter)),
    };

    private string Join(string with, IReadOnlyList<Filter> conditions, string none) =>
        conditions.Count == 0 ? none : $"({string.Join(with, conditions.Select(Translate))})";

    private string Translate(Filter.Compare compare)
    {
        var expression = Expression(compare);
        return (compare.Operator, compare.Value) switch
        {
            (FilterOperator.Eq, null) => $"{expression} IS NULL",
            (FilterOperator.Neq, null) => $"{expression} IS NOT NULL",
            (_, null) => "0",
            (var op, _) when !IsOfKind(compare.Key, compare.Value) => op == FilterOperator.Neq ? "1" : "0",
            (FilterOperator.Eq, var value) => $"{expression} = {Value(value)}",
            (FilterOperator.Neq, var value) => $"{expression} IS NOT {Value(value)}",
            (FilterOperator.Contains, var value) => $"contains_ignoring_case({expression}, {Value(value)})",
            (FilterOperator.StartsWith, var value) => $"starts_ignoring_case({expression}, {Value(value)})",
            (FilterOperator.Gt, var value) => $"{expression} > {Value(value)}",
            (FilterOperator.Gte, var value) => $"{expression} >= {Value(value)}",
            (FilterOperator.Lt, var value) => $"{expression} < {Value(value)}",
            (FilterOperator.Lte, var value) => $"{expression} <= {Value(value)}",
            _ => throw new ArgumentOutOfRangeException(nameof(compare), compare.Operator, null),
        };
    }

    private string Expression(Filter.Compare compare) =>
        _column(compare.Key)
        ?? (_attributes && compare.Key.StartsWith(FilterKeys.AttributePrefix, StringComparison.Ordinal) ? Attribute(compare) : null)
        ?? throw new ArgumentException($"'{compare.Key}' is not a key that can be searched here.", nameof(compare));

    /// <summary>The attribute's value when it is of the kind that it is compared with, else NULL.</summary>
    private string Attribute(Filter.Compare compare)
    {
        var kinds = compare.Value switch
        {
            null => "type <> 'null'",
            bool => "type IN ('true', 'false')",
            double => "type IN ('integer', 'real')",
            _ => "type IN ('text', 'array', 'object')",
        };
        return $"(SELECT value FROM json_each(s.attributes) WHERE key = {_values.Value(compare.Key[FilterKeys.AttributePrefix.Length..])} AND {kinds})";
    }

    private string Value(object? value) => _values.Value(value is DateTimeOffset time ? time.UtcTicks : value);

    private static bool IsOfKind(string key, object? value) => key switch
    {
        _ when FilterKeys.IsTime(key) => value is DateTimeOffset,
        _ when FilterKeys.IsNumber(key) => value is double,
        _ when key.StartsWith(FilterKeys.AttributePrefix, StringComparison.Ordinal) => value is string or double or bool,
        _ => value is string,
    };

    private static string? TraceColumn(string key) => key switch
    {
        "created_at" => "t.start_time",
        "duration_ms" => TraceDuration,
        "total_tokens" => "(t.input_tokens + t.output_tokens)",
        _ => FilterKeys.Trace.Contains(key) ? $"t.{key}" : null,
    };

    private static string? SpanColumn(string key) => key switch
    {
        "created_at" => "s.start_time",
        "duration_ms" => SpanDuration,
        "total_tokens" => "(s.input_tokens + s.output_tokens)",
        "trace_id" => "t.trace_id",
        "status" => "iif(s.status = 2, 'error', 'ok')",
        _ => FilterKeys.Span.Contains(key) ? $"s.{key}" : null,
    };
}
