// What one answer of Anthropic's messages API used, from the usage in its events.
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Models.Providers;

/// <summary>
/// Anthropic reports input with <c>message_start</c> and the running totals with each <c>message_delta</c>: of every count
/// the largest stands, nothing is added up (compatible servers report 0 in one of the two). <c>input_tokens</c> is without
/// the cache, so the prompt is input + cache read + cache written. <c>output_tokens</c> includes thinking.
/// </summary>
internal sealed class AnthropicUsage
{
    private static readonly string[] _counts = ["input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"];

    private readonly Dictionary<string, long> _largest = [];
    private long? _thinking;

    /// <summary>Null while nothing was reported, which is not the same as zero.</summary>
    public UsageDetails? Total => _largest.Count == 0 ? null : Details();

    public void Read(JsonElement? usage)
    {
        foreach (var name in _counts)
        {
            if (usage?.Number(name) is { } count)
                _largest[name] = Math.Max(count, _largest.GetValueOrDefault(name));
        }

        _thinking = usage?.Member("output_tokens_details")?.Number("thinking_tokens") ?? _thinking;
    }

    private UsageDetails Details()
    {
        var read = _largest.GetValueOrDefault("cache_read_input_tokens");
        var written = _largest.GetValueOrDefault("cache_creation_input_tokens");
        var input = _largest.GetValueOrDefault("input_tokens") + read + written;
        var output = _largest.GetValueOrDefault("output_tokens");
        return new UsageDetails
        {
            InputTokenCount = input,
            OutputTokenCount = output,
            TotalTokenCount = input + output,
            CachedInputTokenCount = read,
            ReasoningTokenCount = _thinking,
            AdditionalCounts = new() { [MessageConversion.CacheCreation] = written },
        };
    }
}
