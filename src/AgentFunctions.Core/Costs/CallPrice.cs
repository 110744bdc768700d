// The price of one model call, as it is kept with the call's result.
using System.Text.Json.Serialization;
using AgentFunctions.Runs;

namespace AgentFunctions.Costs;

/// <summary>US dollars per million tokens.</summary>
/// <param name="Input">Prompt tokens that were neither read from nor written to a cache.</param>
/// <param name="Output">Completion tokens, reasoning included.</param>
public sealed record PriceRates(decimal Input, decimal Output)
{
    /// <summary>Prompt tokens read from the provider's cache; null: as <see cref="Input"/>.</summary>
    public decimal? CachedInput { get; init; }

    /// <summary>Prompt tokens written to the provider's cache; null: as <see cref="Input"/>.</summary>
    public decimal? CacheWrite { get; init; }

    [JsonIgnore]
    public bool IsFree => (Input, Output, CachedInput ?? 0, CacheWrite ?? 0) == (0, 0, 0, 0);

    /// <summary>US dollars, exact. Cached and written tokens are part of the prompt and are not paid a second time as such.</summary>
    public decimal CostOf(RunUsage usage)
    {
        var plain = Math.Max(0, usage.PromptTokens - usage.CachedTokens - usage.CacheWriteTokens);
        return ((plain * Input)
            + (usage.CachedTokens * (CachedInput ?? Input))
            + (usage.CacheWriteTokens * (CacheWrite ?? Input))
            + (usage.CompletionTokens * Output)) / 1_000_000m;
    }
}

/// <summary>What a call was priced with, and where that price comes from.</summary>
/// <param name="Source"><c>builtin</c> or <c>config</c>.</param>
/// <param name="Version">Version of the built-in table; of <c>config</c> the version of the table that it overrides.</param>
/// <param name="Model">The table's key that matched, for example <c>openai/gpt-4o-mini</c>.</param>
public sealed record CallPrice(string Source, string Version, string Model, PriceRates Rates);
