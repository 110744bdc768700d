// The `models` section: where each model is and how it is called.
using AgentFunctions.Models;

namespace AgentFunctions.Configuration;

internal static class ModelSection
{
    private const int DayInSeconds = 86_400;

    /// <param name="tools">The names that scripts may use; one that ends in * stands for all that begin like it.</param>
    public static IReadOnlyDictionary<string, ModelDefinition> Read(ConfigMap root, IReadOnlyCollection<string> tools)
    {
        var models = new Dictionary<string, ModelDefinition>();
        var chains = new Dictionary<string, ConfigValue>();
        foreach (var (key, value) in root.Get("models")?.Map()?.Entries() ?? [])
        {
            if (value.Map() is not { } map)
                continue;
            if (map.Get("fallback") is { } chain)
                chains[key] = chain;
            models[key] = ReadModel(key, value, map, tools);
        }

        // A fallback may stand below the model that names it, and brings no chain of its own.
        var plain = models.ToDictionary();
        foreach (var (key, chain) in chains)
            models[key] = models[key] with { Fallbacks = ReadFallbacks(chain, models[key], plain) };
        return models;
    }

    /// <summary>The models of a <c>fallback</c>: one reference or a list.</summary>
    public static IReadOnlyList<ModelDefinition> ReadFallbacks(
        ConfigValue value, ModelDefinition first, IReadOnlyDictionary<string, ModelDefinition> models)
    {
        var chain = new List<ModelDefinition>();
        foreach (var item in value.IsList ? value.List() : [value])
        {
            var model = AgentSection.ReadModel(item, models) with { Fallbacks = null };
            if (model.Key.Length > 0 && (model.Key == first.Key || chain.Any(other => other.Key == model.Key)))
                item.AddProblem($"names the model '{model.Key}' a second time");
            chain.Add(model);
        }

        return chain;
    }

    private static ModelDefinition ReadModel(string key, ConfigValue value, ConfigMap map, IReadOnlyCollection<string> tools)
    {
        var provider = map.Require("provider")?.OneOf(ModelProviders.Names) ?? "";
        var scripted = provider == ModelProviders.Scripted;
        var defaults = new ModelDefinition { Key = key, Provider = provider, Model = ModelProviders.Scripted };
        var model = defaults with
        {
            Model = (scripted ? map.Get("model") : map.Require("model"))?.Text() ?? defaults.Model,
            BaseUrl = (ModelProviders.NeedsBaseUrl(provider) ? map.Require("base_url") : map.Get("base_url"))?.Url(),
            ApiKey = map.Get("api_key")?.Secret(),
            TimeoutSeconds = map.Get("timeout_seconds")?.Integer(1, DayInSeconds) ?? defaults.TimeoutSeconds,
            MaxRetries = map.Get("max_retries")?.Integer(0, 100) ?? defaults.MaxRetries,
            RateLimit = map.Get("rate_limit")?.Map() is { } limit ? ReadRateLimit(limit) : null,
            Script = ScriptSection.Read(scripted ? map.Require("script") : map.Get("script"), scripted, tools),
        };
        model = WithSettings(model, map);
        map.End();
        return model.ApiKey is null && model.BaseUrl is null ? WithUsualKey(model, value) : model;
    }

    // What is said to the model with each request.
    private static ModelDefinition WithSettings(ModelDefinition model, ConfigMap map) => model with
    {
        Temperature = map.Get("temperature")?.Number(0, 2),
        TopP = map.Get("top_p")?.Number(0, 1),
        MaxTokens = map.Get("max_tokens")?.Integer(1),
        Seed = map.Get("seed")?.Long(long.MinValue),
        Stop = map.Get("stop") is { } stop ? ReadStop(stop) : null,
        FrequencyPenalty = map.Get("frequency_penalty")?.Number(-2, 2),
        PresencePenalty = map.Get("presence_penalty")?.Number(-2, 2),
        ReasoningEffort = map.Get("reasoning_effort")?.OneOf(ModelDefinition.ReasoningEfforts),
        ThinkingTokens = map.Get("thinking_tokens")?.Integer(1),
        ThinkTags = map.Get("think_tags")?.Flag() ?? model.ThinkTags,
        Cache = map.Get("cache") is { } cache ? ReadCache(cache) : null,
    };

    private static List<string> ReadStop(ConfigValue value) =>
        [.. (value.IsList ? value.List() : [value]).Select(item => item.Text()).OfType<string>()];

    // `true` marks everything, a mapping what it names.
    private static PromptCache? ReadCache(ConfigValue value)
    {
        if (!value.IsMap)
            return value.Flag() == true ? new PromptCache() : null;
        var map = value.Map()!;
        var cache = new PromptCache(Flag("system"), Flag("tools"), Flag("messages"));
        map.End();
        return cache;

        bool Flag(string key) => map.Get(key)?.Flag() ?? false;
    }

    private static RateLimit ReadRateLimit(ConfigMap map)
    {
        var limit = new RateLimit(
            map.Get("requests_per_minute")?.Integer(1), map.Get("tokens_per_minute")?.Long(1), map.Get("concurrent")?.Integer(1));
        map.End();
        return limit;
    }

    /// <summary>Without a key and an endpoint of its own, a model takes the key from its provider's usual variable.</summary>
    public static ModelDefinition WithUsualKey(ModelDefinition model, ConfigValue place)
    {
        if (ModelProviders.KeyVariable(model.Provider) is not { } variable)
            return model;
        if (!place.File.IsSet(variable))
            place.AddProblem($"needs a key for provider '{model.Provider}': set the environment variable {variable}, or give `api_key` under `models`");
        return model with { ApiKey = $"${{{variable}}}" };
    }
}
