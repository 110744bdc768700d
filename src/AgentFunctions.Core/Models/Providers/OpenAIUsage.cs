// What one answer of chat completions used, from the usage that its server reports.
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Models.Providers;

/// <summary>
/// One rule for all servers that speak chat completions: reports are running totals, so they are never added up; the one
/// with the most tokens stands. Input includes cached tokens, output includes reasoning.
/// </summary>
/// <remarks>
/// Where the servers differ, as far as it shows in the numbers:
/// <list type="bullet">
/// <item>OpenAI, Azure OpenAI, Groq, Mistral, DeepSeek, Ollama: one report at the end, output includes reasoning. Groq also has it as <c>x_groq.usage</c>.</item>
/// <item>vLLM (<c>continuous_usage_stats</c>), Perplexity, Gemini: a report in every chunk, each the total so far.</item>
/// <item>Gemini, xAI: <c>completion_tokens</c> is without reasoning, <c>total_tokens</c> with it; what the total has more than prompt and completion is output.</item>
/// <item>Perplexity: <c>reasoning_tokens</c> and <c>citation_tokens</c> stand beside the completion and outside the total, and are paid as output.</item>
/// <item>DeepSeek: cached input is <c>prompt_cache_hit_tokens</c>; Moonshot: <c>cached_tokens</c>, and the report is inside the choice.</item>
/// <item>OpenAI from GPT-5.6 on: <c>prompt_tokens_details.cache_write_tokens</c>, part of the prompt.</item>
/// </list>
/// A part that is larger than its whole was not counted in it, and is added.
/// </remarks>
internal sealed class OpenAIUsage
{
    /// <summary>Null while nothing was reported, which is not the same as zero.</summary>
    public UsageDetails? Total { get; private set; }

    public void Read(JsonElement chunk)
    {
        Keep(chunk.Member("usage"));
        Keep(chunk.Member("x_groq")?.Member("usage"));
        foreach (var choice in chunk.Member("choices").Items())
            Keep(choice.Member("usage"));
    }

    private void Keep(JsonElement? report)
    {
        if (report is { } usage && Details(usage) is { } details && !(details.TotalTokenCount < Total?.TotalTokenCount))
            Total = details;
    }

    private static UsageDetails? Details(JsonElement usage)
    {
        var (prompt, completion) = (usage.Number("prompt_tokens"), usage.Number("completion_tokens"));
        if (prompt is null && completion is null)
            return null;

        var cached = usage.Member("prompt_tokens_details")?.Number("cached_tokens") ?? usage.Number("prompt_cache_hit_tokens") ?? usage.Number("cached_tokens");
        var written = usage.Member("prompt_tokens_details")?.Number("cache_write_tokens");
        var reasoning = usage.Member("completion_tokens_details")?.Number("reasoning_tokens") ?? usage.Number("reasoning_tokens");
        var input = Whole(prompt ?? 0, (cached ?? 0) + (written ?? 0));
        var output = usage.Number("citation_tokens") is { } citations
            ? (completion ?? 0) + citations + (reasoning ?? 0)
            : Whole(Math.Max(completion ?? 0, (usage.Number("total_tokens") ?? 0) - input), reasoning ?? 0);
        return new UsageDetails
        {
            InputTokenCount = input,
            OutputTokenCount = output,
            TotalTokenCount = input + output,
            CachedInputTokenCount = cached,
            ReasoningTokenCount = reasoning,
            AdditionalCounts = written is null ? null : new() { [MessageConversion.CacheCreation] = written.Value },
        };
    }

    private static long Whole(long whole, long part) => part > whole ? whole + part : whole;
}
