// What stores index of a span besides its own columns, read from its attributes in one place.
using System.Text.Json.Nodes;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;

namespace AgentFunctions.Traces;

public static class SpanFields
{
    /// <summary>The attributes that the fields are read from: all that an index must keep of them.</summary>
    public static IReadOnlyList<string> AttributeKeys { get; } =
    [
        GenAiAttributes.RunStatusName, GenAiAttributes.RequestModel, GenAiAttributes.ToolName, GenAiAttributes.UsageInputTokens,
        GenAiAttributes.UsageOutputTokens, GenAiAttributes.UsageReasoningTokens, GenAiAttributes.UsageCacheReadTokens,
        GenAiAttributes.UsageCacheCreationTokens, GenAiAttributes.CostUsd, GenAiAttributes.CostUnknown,
    ];

    /// <summary>Whether the span is the root of a run, not of a part of it.</summary>
    public static bool IsRunRoot(this SpanRecord span) => span.Attributes.ContainsKey(GenAiAttributes.RunStatusName);

    /// <summary>Whether the span is the root of a run that a client started: a trace of members' runs only is not at its end.</summary>
    public static bool IsRootOfRootRun(this SpanRecord span) => span.IsRunRoot() && !RunIds.IsMember(span.RunId ?? "");

    /// <summary>Whether the span is one call of a model, the only kind whose tokens and cost are summed.</summary>
    public static bool IsModelCall(this SpanRecord span) => span.Type == GenAiAttributes.ModelKind;

    /// <summary>The model that was asked for; of a run's root the agent's model.</summary>
    public static string? Model(this SpanRecord span) => Text(span, GenAiAttributes.RequestModel);

    public static string? Tool(this SpanRecord span) => Text(span, GenAiAttributes.ToolName);

    public static double DurationMs(this SpanRecord span) => (span.EndTime - span.StartTime).TotalMilliseconds;

    public static RunUsage Usage(this SpanRecord span) => new(
        Number(span, GenAiAttributes.UsageInputTokens), Number(span, GenAiAttributes.UsageOutputTokens),
        Number(span, GenAiAttributes.UsageReasoningTokens), Number(span, GenAiAttributes.UsageCacheReadTokens))
    {
        CacheWriteTokens = Number(span, GenAiAttributes.UsageCacheCreationTokens),
    };

    /// <summary>US dollars; null when the price is not known.</summary>
    public static decimal? CostUsd(this SpanRecord span) =>
        span.Attributes[GenAiAttributes.CostUsd] is JsonValue value && value.TryGetValue<double>(out var cost) ? (decimal)cost : null;

    /// <summary>Whether the span cost more than <see cref="CostUsd"/> says: it says so itself, or has tokens and no price.</summary>
    public static bool IsUnpriced(this SpanRecord span) =>
        (span.Attributes[GenAiAttributes.CostUnknown] is JsonValue value && value.TryGetValue<bool>(out var unknown) && unknown)
        || (span.CostUsd() is null && span.Usage().TotalTokens > 0);

    /// <summary>How the run ended, of a run's root; null for other spans.</summary>
    public static string? RunStatus(this SpanRecord span) =>
        !span.IsRunRoot() ? null : Text(span, GenAiAttributes.RunStatusName) ?? "";

    private static string? Text(SpanRecord span, string key) =>
        span.Attributes[key] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static long Number(SpanRecord span, string key) =>
        span.Attributes[key] is not JsonValue value ? 0
        : value.TryGetValue<long>(out var number) ? number
        : value.TryGetValue<int>(out var small) ? small // as it was set, not as it is read from JSON
        : 0;
}
