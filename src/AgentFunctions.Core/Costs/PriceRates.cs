using System.Text.Json.Serialization;
using AgentFunctions.Runs;

namespace AgentFunctions.Costs;

/// <summary>US dollars per million tokens.</summary>
/// <param name="Input">Prompt tokens that were neither read from nor written to a cache.</param>
/// <param name="Output">Completion tokens, reasoning included.</param>
public sealed record PriceRates(decimal Input, decimal Output)
{
    private const decimal TokensPerUnit = 1_000_000m;

    /// <summary>Prompt tokens read from the provider's cache; null: as <see cref="Input"/>.</summary>
    public decimal? CachedInput { get; init; }

    /// <summary>Prompt tokens written to the provider's cache; null: as <see cref="Input"/>.</summary>
    public decimal? CacheWrite { get; init; }

    [JsonIgnore]
    public bool IsFree => Input == 0 && Output == 0 && CachedInput is null or 0 && CacheWrite is null or 0;

    /// <summary>US dollars, exact. Cached and written tokens are part of the prompt and are paid at their own rate only.</summary>
    public decimal CostOf(RunUsage usage)
    {
        var plain = Math.Max(0, usage.PromptTokens - usage.CachedTokens - usage.CacheWriteTokens);
        var sum = (plain * Input)
            + (usage.CachedTokens * (CachedInput ?? Input))
            + (usage.CacheWriteTokens * (CacheWrite ?? Input))
            + (usage.CompletionTokens * Output);
        return sum / TokensPerUnit;
    }
}
