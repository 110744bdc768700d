using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using static AgentFunctions.Telemetry.GenAiAttributes;

namespace AgentFunctions.Telemetry.Aliases;

/// <summary>
/// The <c>langfuse.*</c> attributes. Session and user have standard names on every span, the environment is read from the
/// resource (<c>deployment.environment.name</c>), and content from the conventions' messages.
/// </summary>
internal static class LangfuseAliases
{
    private const string Observation = "langfuse.observation.";

    public static void Add(AliasWriter span)
    {
        span.Add("langfuse.trace.name", span.Text(WorkflowName) ?? span.Text(AgentName));
        span.Add($"{Observation}type", TypeOf(span.Kind));
        span.Add($"{Observation}level", LevelOf(span));
        span.Add($"{Observation}status_message", span.Failed ? null : Cut(span));
        // Metadata is text there.
        span.Add($"{Observation}metadata.run_id", span.Text(RunId));
        span.Add($"{Observation}metadata.step", Text(span.Number(Step)));
        span.Add($"{Observation}metadata.attempt", Text(span.Number(Attempt)));
        if (!span.IsModelCall)
            return;
        if (span[ResponseTimeToFirstChunk] is double seconds)
            span.Add($"{Observation}completion_start_time", span.Facts.Start.AddSeconds(seconds).UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        if (span[CostUsd] is double cost)
            span.Add($"{Observation}cost_details", JsonSerializer.Serialize(new Dictionary<string, double> { ["total"] = cost }));
    }

    /// <summary>The usage that replaces every rule by which Langfuse would count other names; its parts add up to the total.</summary>
    public static void AddUsage(AliasWriter span)
    {
        if (!span.IsModelCall || span.Usage is not { } usage)
            return;
        var details = new JsonObject
        {
            ["input"] = Math.Max(0, usage.PromptTokens - usage.CachedTokens - usage.CacheWriteTokens),
            ["output"] = Math.Max(0, usage.CompletionTokens - usage.ReasoningTokens),
        };
        AddPart(details, "input_cached_tokens", usage.CachedTokens);
        AddPart(details, "input_cache_creation", usage.CacheWriteTokens);
        AddPart(details, "output_reasoning_tokens", usage.ReasoningTokens);
        details["total"] = usage.TotalTokens;
        span.Add($"{Observation}usage_details", details.ToJsonString());
    }

    private static void AddPart(JsonObject details, string name, long tokens)
    {
        if (tokens > 0)
            details[name] = tokens;
    }

    private static string TypeOf(string? kind) => kind switch
    {
        ModelKind => "generation",
        AgentKind => "agent",
        ToolKind => "tool",
        ChainKind => "chain",
        RetrieverKind => "retriever",
        GuardrailKind => "guardrail",
        _ => "span",
    };

    private static string LevelOf(AliasWriter span) => span.Failed ? "ERROR" : Cut(span) is null ? "DEFAULT" : "WARNING";

    // An answer that was cut off is no error, and worth a look.
    private static string? Cut(AliasWriter span) => span.IsModelCall && span.FinishReason is "length" or "content_filter" ? span.FinishReason : null;

    private static string? Text(long? number) => number?.ToString(CultureInfo.InvariantCulture);
}
