// Whether a span or a trace fulfils a filter: the meaning that every store's translation must have.
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentFunctions.Traces;

/// <summary>
/// Evaluates filters in memory. The logic has two values: what is not fulfilled is unfulfilled, also when a value is
/// missing, and <c>NOT</c> turns it round. Values of different kinds are different and have no order.
/// </summary>
public static class FilterMatch
{
    public static bool Matches(this Filter filter, SpanRecord span) => Matches(filter, key => ValueOf(span, key));

    public static bool Matches(this Filter filter, TraceSummary trace) => Matches(filter, key => ValueOf(trace, key));

    private static bool Matches(Filter filter, Func<string, object?> valueOf) => filter switch
    {
        Filter.All all => all.Conditions.All(c => Matches(c, valueOf)),
        Filter.Any any => any.Conditions.Any(c => Matches(c, valueOf)),
        Filter.Not not => !Matches(not.Condition, valueOf),
        Filter.In list => list.Values.Contains(valueOf(list.Key)),
        Filter.Compare compare => Matches(compare.Operator, valueOf(compare.Key), compare.Value),
        _ => throw new ArgumentException($"Unknown filter {filter.GetType().Name}.", nameof(filter)),
    };

    private static bool Matches(FilterOperator op, object? actual, object? wanted) => op switch
    {
        FilterOperator.Eq => Equals(actual, wanted),
        FilterOperator.Neq => !Equals(actual, wanted),
        FilterOperator.Contains => actual is string text && wanted is string part && text.Contains(part, StringComparison.OrdinalIgnoreCase),
        FilterOperator.StartsWith => actual is string text && wanted is string start && text.StartsWith(start, StringComparison.OrdinalIgnoreCase),
        FilterOperator.Gt => Order(actual, wanted) > 0,
        FilterOperator.Gte => Order(actual, wanted) >= 0,
        FilterOperator.Lt => Order(actual, wanted) < 0,
        FilterOperator.Lte => Order(actual, wanted) <= 0,
        _ => throw new ArgumentOutOfRangeException(nameof(op), op, null),
    };

    // Null, which no comparison holds for, when the two have no order.
    private static int? Order(object? actual, object? wanted) => (actual, wanted) switch
    {
        (string a, string b) => string.CompareOrdinal(a, b),
        (double a, double b) => a.CompareTo(b),
        (DateTimeOffset a, DateTimeOffset b) => a.CompareTo(b),
        _ => null,
    };

    private static object? ValueOf(SpanRecord span, string key) => key switch
    {
        "span_id" => span.SpanId,
        "trace_id" => span.TraceId,
        "parent_span_id" => span.ParentSpanId,
        "name" => span.Name,
        "type" => span.Type,
        "status" => SpanNode.StatusWord(span),
        "status_message" => span.StatusMessage,
        "start_time" or "created_at" => span.StartTime,
        "end_time" => span.EndTime,
        "duration_ms" => span.DurationMs(),
        "run_id" => span.RunId,
        "session_id" => span.SessionId,
        "user_id" => span.UserId,
        "agent_id" => span.AgentId,
        "team_id" => span.TeamId,
        "workflow_id" => span.WorkflowId,
        "model" => span.Model(),
        "tool" => span.Tool(),
        "input_tokens" => (double)span.Usage().PromptTokens,
        "output_tokens" => (double)span.Usage().CompletionTokens,
        "total_tokens" => (double)span.Usage().TotalTokens,
        "cost_usd" => (double?)span.CostUsd(),
        _ when key.StartsWith(FilterKeys.AttributePrefix, StringComparison.Ordinal) => Plain(span.Attributes[key[FilterKeys.AttributePrefix.Length..]]),
        _ => throw new ArgumentException($"'{key}' is not a key of a span.", nameof(key)),
    };

    private static object? ValueOf(TraceSummary trace, string key) => key switch
    {
        "trace_id" => trace.TraceId,
        "name" => trace.Name,
        "status" => trace.Status,
        "start_time" or "created_at" => trace.StartTime,
        "end_time" => trace.EndTime,
        "duration_ms" => trace.DurationMs,
        "run_id" => trace.RunId,
        "session_id" => trace.SessionId,
        "user_id" => trace.UserId,
        "agent_id" => trace.AgentId,
        "team_id" => trace.TeamId,
        "workflow_id" => trace.WorkflowId,
        "total_spans" => (double)trace.TotalSpans,
        "error_count" => (double)trace.ErrorCount,
        "total_tokens" => (double)trace.Usage.TotalTokens,
        "cost_usd" => (double?)trace.CostUsd,
        _ => throw new ArgumentException($"'{key}' is not a key of a trace.", nameof(key)),
    };

    // Lists and objects are compared as their JSON text.
    private static object? Plain(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => null,
        JsonValueKind.String => value.GetValue<string>(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => JsonSerializer.Deserialize<double>(value.ToJsonString()),
        _ => value.ToJsonString(),
    };
}
