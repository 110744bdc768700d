using AgentFunctions.Models;

namespace AgentFunctions.Tests.Configuration;

/// <summary>The settings of `models` that are sent with each request, and the limits.</summary>
public sealed class ModelSectionTests
{
    private const string Agents = "\nagents: [{ name: a, model: m, prompt: p }]";

    [Fact]
    public void Settings_are_read_into_the_definition()
    {
        var model = Read("""
            top_p: 0.9, seed: 7, stop: [END, STOP], frequency_penalty: 0.5, presence_penalty: -2, reasoning_effort: high,
            think_tags: false, cache: true, rate_limit: { requests_per_minute: 60, tokens_per_minute: 90000, concurrent: 4 }
            """);

        Assert.Equal((0.9, 7L, 0.5, -2.0, "high", false), (model.TopP, model.Seed, model.FrequencyPenalty, model.PresencePenalty, model.ReasoningEffort, model.ThinkTags));
        Assert.Equal(["END", "STOP"], model.Stop!);
        Assert.Equal(new PromptCache(System: true, Tools: true, Messages: true), model.Cache);
        Assert.Equal(new RateLimit(60, 90_000, 4), model.RateLimit);
    }

    [Fact]
    public void A_single_stop_and_a_chosen_part_of_the_cache_need_no_list()
    {
        var model = Read("stop: END, cache: { system: true }");

        Assert.Equal(["END"], model.Stop!);
        Assert.Equal(new PromptCache(System: true, Tools: false, Messages: false), model.Cache);
    }

    [Fact]
    public void What_is_not_set_is_not_sent()
    {
        var model = Read("cache: false");

        Assert.All<object?>([model.TopP, model.Seed, model.Stop, model.Cache, model.RateLimit], Assert.Null);
        Assert.True(model.ThinkTags);
    }

    [Theory]
    [InlineData("top_p: 2", "agents.yaml:1:51: key 'models.m.top_p': must be from 0 to 1, not 2")]
    [InlineData("reasoning_effort: hihg", "agents.yaml:1:62: key 'models.m.reasoning_effort': 'hihg' is not one of none, minimal, low, medium, high, xhigh, max; did you mean 'high'?")]
    [InlineData("cache: { tool: true }", "agents.yaml:1:53: key 'models.m.cache.tool': is not a known key; did you mean 'tools'?")]
    [InlineData("rate_limit: { rpm: 1 }", "agents.yaml:1:58: key 'models.m.rate_limit.rpm': is not a known key; known here: concurrent, requests_per_minute, tokens_per_minute")]
    [InlineData("rate_limit: { concurrent: 0 }", "agents.yaml:1:70: key 'models.m.rate_limit.concurrent': must be 1 or more, not 0")]
    [InlineData("frequency_penalty: 3", "agents.yaml:1:63: key 'models.m.frequency_penalty': must be from -2 to 2, not 3")]
    public void A_wrong_setting_is_told_with_its_place(string setting, string problem) =>
        Assert.Equal([problem], TemporaryFile.ProblemsOf($"models: {{ m: {{ provider: ollama, model: x, {setting} }} }}{Agents}"));

    [Fact]
    public void A_chain_is_resolved_in_any_order_and_is_not_longer_than_written()
    {
        var models = TemporaryFile.Load("""
            models:
              a: { provider: ollama, model: x, fallback: [b, ollama/y] }
              b: { provider: ollama, model: z, max_retries: 7, fallback: a }
            agents:
              - { name: one, model: a, prompt: p }
              - { name: two, model: a, prompt: p, fallback_models: b }
            """);

        Assert.Equal(["b", "ollama/y"], models.Models["a"].Fallbacks!.Select(m => m.Key));
        Assert.All(models.Models["a"].Fallbacks!, m => Assert.Null(m.Fallbacks));
        Assert.Equal(["a"], models.Models["b"].Fallbacks!.Select(m => m.Key));
        Assert.Equal(["b"], models.Agents[1].Model.Fallbacks!.Select(m => m.Key));
        Assert.NotEqual(models.Agents[0].Hash, (models.Agents[0] with { Model = models.Agents[0].Model with { Fallbacks = null } }).Hash);
    }

    [Theory]
    [InlineData("fallback: m", "agents.yaml:1:54: key 'models.m.fallback': names the model 'm' a second time")]
    [InlineData("fallback: [n]", "agents.yaml:1:55: key 'models.m.fallback[0]': there is no model 'n'; name a key of `models`, or provider/model; did you mean 'm'?")]
    [InlineData("fallback: [ollama/a, ollama/a]", "agents.yaml:1:65: key 'models.m.fallback[1]': names the model 'ollama/a' a second time")]
    public void A_wrong_chain_is_told_with_its_place(string setting, string problem) => A_wrong_setting_is_told_with_its_place(setting, problem);

    private static ModelDefinition Read(string settings) =>
        TemporaryFile.Load($"models: {{ m: {{ provider: ollama, model: x, {settings.ReplaceLineEndings(" ")} }} }}{Agents}").Models["m"];
}
