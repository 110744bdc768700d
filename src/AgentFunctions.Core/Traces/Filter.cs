// The filter of searches: conditions on the stored keys of traces and spans.
namespace AgentFunctions.Traces;

/// <summary>A condition. Build it from JSON with the filter parser, which checks keys, depth and values.</summary>
public abstract record Filter
{
    /// <summary>How deep conditions may nest.</summary>
    public const int MaxDepth = 10;

    private Filter()
    {
    }

    /// <param name="Key">One of <see cref="FilterKeys"/>, or <c>attributes.{key}</c> of a span.</param>
    /// <param name="Value">
    /// string, double, bool, DateTimeOffset (for time keys) or null; <c>null</c> with <see cref="FilterOperator.Eq"/> means "has none".
    /// </param>
    public sealed record Compare(FilterOperator Operator, string Key, object? Value) : Filter;

    public sealed record In(string Key, IReadOnlyList<object?> Values) : Filter;

    public sealed record All(IReadOnlyList<Filter> Conditions) : Filter;

    public sealed record Any(IReadOnlyList<Filter> Conditions) : Filter;

    public sealed record Not(Filter Condition) : Filter;
}

/// <summary>Contains and StartsWith ignore case; a value that is missing fulfils none but Neq and Eq null.</summary>
public enum FilterOperator
{
    Eq,
    Neq,
    Gt,
    Gte,
    Lt,
    Lte,
    Contains,
    StartsWith,
}

/// <summary>The keys that a filter may name. Times are compared as times, durations in milliseconds.</summary>
public static class FilterKeys
{
    public const string AttributePrefix = "attributes.";

    /// <summary>Of a trace. <c>created_at</c> is the start.</summary>
    public static IReadOnlyList<string> Trace { get; } =
    [
        "trace_id", "name", "status", "start_time", "end_time", "created_at", "duration_ms", "run_id", "session_id", "user_id",
        "agent_id", "team_id", "workflow_id", "total_spans", "error_count", "total_tokens", "cost_usd",
    ];

    /// <summary>Of a span.</summary>
    public static IReadOnlyList<string> Span { get; } =
    [
        "span_id", "trace_id", "parent_span_id", "name", "type", "status", "status_message", "start_time", "end_time", "created_at",
        "duration_ms", "run_id", "session_id", "user_id", "agent_id", "team_id", "workflow_id", "model", "tool",
        "input_tokens", "output_tokens", "total_tokens", "cost_usd",
    ];

    public static bool IsTime(string key) => key is "start_time" or "end_time" or "created_at";

    public static bool IsNumber(string key) =>
        key is "duration_ms" or "total_spans" or "error_count" or "total_tokens" or "cost_usd" or "input_tokens" or "output_tokens";
}
