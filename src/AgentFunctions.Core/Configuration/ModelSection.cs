// The `models` section: where each model is and how it is called, and the rules of scripted ones.
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AgentFunctions.Models;

namespace AgentFunctions.Configuration;

internal static class ModelSection
{
    private const int DayInSeconds = 86_400;

    public static IReadOnlyDictionary<string, ModelDefinition> Read(ConfigMap root, IReadOnlyCollection<string> tools)
    {
        var models = new Dictionary<string, ModelDefinition>();
        foreach (var (key, value) in root.Get("models")?.Map()?.Entries() ?? [])
        {
            if (value.Map() is { } map)
                models[key] = ReadModel(key, value, map, tools);
        }

        return models;
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
            Temperature = map.Get("temperature")?.Number(0, 2),
            MaxTokens = map.Get("max_tokens")?.Integer(1),
            ThinkingTokens = map.Get("thinking_tokens")?.Integer(1),
            TimeoutSeconds = map.Get("timeout_seconds")?.Integer(1, DayInSeconds) ?? defaults.TimeoutSeconds,
            MaxRetries = map.Get("max_retries")?.Integer(0, 100) ?? defaults.MaxRetries,
            Script = ReadScript(scripted ? map.Require("script") : map.Get("script"), scripted, tools),
        };
        map.End();
        return model.ApiKey is null && model.BaseUrl is null ? WithUsualKey(model, value) : model;
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

    private static IReadOnlyList<ScriptRule>? ReadScript(ConfigValue? value, bool scripted, IReadOnlyCollection<string> tools)
    {
        if (value is null)
            return null;
        if (!scripted)
            value.AddProblem("belongs to models with `provider: scripted` only");
        return [.. value.List().Select(rule => ReadRule(rule, tools))];
    }

    private static ScriptRule ReadRule(ConfigValue value, IReadOnlyCollection<string> tools)
    {
        if (value.Map() is not { } map)
            return new ScriptRule();

        var rule = new ScriptRule
        {
            When = map.Get("when") is { } when ? ReadPattern(when) : null,
            AfterTool = map.Get("after_tool") is { } after ? ReadTool(after, tools) : null,
            Step = map.Get("step")?.Integer(1),
            Think = map.Get("think")?.Text(),
            Say = map.Get("say")?.Text(),
            Call = map.Get("call") is { } call ? [.. call.List().Select(item => ReadCall(item, tools))] : null,
            DelayMs = map.Get("delay_ms")?.Integer(0, 60_000),
        };
        map.End();
        if (!map.Has("say") && !map.Has("call"))
            value.AddProblem("answers nothing; give it `say`, `call` or both");
        return rule;
    }

    private static ScriptedToolCall ReadCall(ConfigValue value, IReadOnlyCollection<string> tools)
    {
        if (value.Map() is not { } map)
            return new ScriptedToolCall("");

        var tool = map.Require("tool") is { } name ? ReadTool(name, tools) : null;
        var arguments = map.Get("arguments");
        map.End();
        if (arguments is { IsMap: false })
            arguments.AddProblem("must be a mapping of argument names to values");
        return new ScriptedToolCall(tool ?? "", arguments?.Json() as JsonObject);
    }

    private static string? ReadTool(ConfigValue value, IReadOnlyCollection<string> tools)
    {
        if (value.Text() is not { } name)
            return null;
        return tools.Contains(name) ? name : value.AddProblem($"there is no tool '{name}'", Spelling.Nearest(name, tools));
    }

    private static string? ReadPattern(ConfigValue value)
    {
        if (value.Text() is not { } pattern)
            return null;
        try
        {
            _ = new Regex(pattern, RegexOptions.IgnoreCase);
            return pattern;
        }
        catch (RegexParseException e)
        {
            return value.AddProblem($"is not a regular expression: {e.Message}");
        }
    }
}
