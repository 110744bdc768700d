// What is known of each provider: its endpoint and where its dialect of chat completions differs.
using AgentFunctions.Output;

namespace AgentFunctions.Models.Providers;

/// <summary>A provider that speaks OpenAI's chat completions.</summary>
/// <param name="BaseUrl">Its own endpoint; null when the configuration must give one.</param>
internal sealed record ProviderPreset(string? BaseUrl)
{
    /// <summary>OpenAI's own models refuse the older <c>max_tokens</c>.</summary>
    public bool MaxCompletionTokens { get; init; }

    /// <summary>False where the request's schema has no <c>stream_options</c>; usage then comes unasked.</summary>
    public bool StreamOptions { get; init; } = true;

    /// <summary>What the seed of a request is called.</summary>
    public string Seed { get; init; } = "seed";

    /// <summary>True where the request has a <c>prompt_cache_key</c>; other servers may refuse a member that they do not know.</summary>
    public bool CacheKey { get; init; }

    /// <summary>True where a tool call must be sent back together with the reasoning that led to it.</summary>
    public bool ReasoningBack { get; init; }

    /// <summary>True where the first tool call of an answer must be sent back with the signature that came with it.</summary>
    public bool CallSignatures { get; init; }

    /// <summary>What <c>response_format</c> can do; docs/structured-output.md lists it.</summary>
    public FormatSupport Format { get; init; } = FormatSupport.SchemaWithoutTools;

    private static readonly Dictionary<string, ProviderPreset> _presets = new()
    {
        ["openai"] = new("https://api.openai.com/v1") { MaxCompletionTokens = true, CacheKey = true, Format = FormatSupport.Schema },
        ["azure_openai"] = new((string?)null) { MaxCompletionTokens = true, CacheKey = true, Format = FormatSupport.Schema },
        ["xai"] = new("https://api.x.ai/v1") { Format = FormatSupport.Schema },
        ["groq"] = new("https://api.groq.com/openai/v1") { Format = FormatSupport.None },
        ["mistral"] = new("https://api.mistral.ai/v1") { StreamOptions = false, Seed = "random_seed" },
        ["deepseek"] = new("https://api.deepseek.com/v1") { ReasoningBack = true, Format = FormatSupport.Json },
        ["gemini"] = new("https://generativelanguage.googleapis.com/v1beta/openai") { CallSignatures = true },
        ["ollama"] = new("http://localhost:11434/v1"),
        ["vllm"] = new("http://localhost:8000/v1"),
    };

    public static IEnumerable<string> Names => _presets.Keys;

    /// <summary>The preset, with the definition's endpoint in place of the provider's own; null for an unknown provider.</summary>
    public static ProviderPreset? For(ModelDefinition model)
    {
        if (!_presets.TryGetValue(model.Provider, out var preset) || model.BaseUrl is null)
            return preset;

        // Under provider `openai` with an endpoint of its own may be any server: speak the dialect that all of them know.
        var isOpenAI = model.Provider == "azure_openai";
        return preset with
        {
            BaseUrl = model.BaseUrl,
            MaxCompletionTokens = isOpenAI,
            CacheKey = isOpenAI,
            Format = model.Provider == "openai" ? FormatSupport.SchemaWithoutTools : preset.Format,
        };
    }
}
