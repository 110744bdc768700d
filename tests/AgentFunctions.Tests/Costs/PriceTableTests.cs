using AgentFunctions.Configuration;
using AgentFunctions.Costs;
using AgentFunctions.Models;
using AgentFunctions.Runs;

namespace AgentFunctions.Tests.Costs;

/// <summary>Which price a model has: from the shipped table, from the configuration, on which day.</summary>
public sealed class PriceTableTests
{
    private static readonly DateTimeOffset _autumn = new(2026, 10, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("openai", "gpt-4o-mini", "openai/gpt-4o-mini")]
    [InlineData("openai", "GPT-4o-mini", "openai/gpt-4o-mini")]
    [InlineData("openai", "gpt-4o-mini-2024-07-18", "openai/gpt-4o-mini")]
    [InlineData("openai", "gpt-4o-2024-11-20", "openai/gpt-4o")]
    [InlineData("openai", "gpt-4o-2024-05-13", "openai/gpt-4o-2024-05-13")]
    [InlineData("openai", "gpt-4-0613", "openai/gpt-4")]
    [InlineData("openai", "o1-mini-2024-09-12", "openai/o1-mini")]
    [InlineData("azure_openai", "gpt-4o", "openai/gpt-4o")]
    [InlineData("anthropic", "claude-sonnet-4-20250514", "anthropic/claude-sonnet-4")]
    [InlineData("anthropic", "claude-sonnet-4-5-20250929", "anthropic/claude-sonnet-4-5")]
    [InlineData("anthropic", "claude-haiku-4-5@20251001", "anthropic/claude-haiku-4-5")]
    [InlineData("anthropic", "claude-3-7-sonnet-latest", "anthropic/claude-3-7-sonnet")]
    [InlineData("gemini", "gemini-2.0-flash-001", "gemini/gemini-2.0-flash")]
    [InlineData("xai", "grok-4-0709", "xai/grok-4")]
    [InlineData("groq", "openai/gpt-oss-20b", "groq/openai/gpt-oss-20b")]
    [InlineData("openai", "command-a-03-2025", "command-a")]
    [InlineData("scripted", "any-script", "scripted/*")]
    public void A_model_has_the_price_of_its_name_or_of_its_name_without_a_date(string provider, string model, string key) =>
        Assert.Equal(key, Book().Find(ModelOf(provider, model), null, RunUsage.None, _autumn)?.Key);

    [Theory]
    [InlineData("openai", "gpt-4o-audio-preview")]
    [InlineData("openai", "gpt-4o-nano")]
    [InlineData("openai", "gpt-4-32k")]
    [InlineData("openai", "o1-preview")]
    [InlineData("openai", "gpt-4o-mini-tts")]
    [InlineData("openai", "ft:gpt-4o-mini:acme")]
    [InlineData("openai", "openai/gpt-4o-mini")]
    [InlineData("groq", "gpt-4o-mini")]
    [InlineData("mistral", "mistral-large-latest")]
    [InlineData("mistral", "mistral-large-2407")]
    [InlineData("ollama", "llama3.1")]
    [InlineData("ollama", "gpt-4o-mini")]
    [InlineData("vllm", "qwen3")]
    [InlineData("deepseek", "deepseek-v4-flash")]
    public void A_model_of_another_family_provider_or_time_has_no_price(string provider, string model) =>
        Assert.Null(Book().Find(ModelOf(provider, model), null, RunUsage.None, _autumn));

    [Theory]
    [InlineData("openai", "gpt-5.6-luna", "2026-07-29T23:59:59Z", 1)]
    [InlineData("openai", "gpt-5.6-luna", "2026-07-30T00:00:00Z", 0.2)]
    [InlineData("anthropic", "claude-sonnet-5", "2026-08-31T23:59:59Z", 2)]
    [InlineData("anthropic", "claude-sonnet-5", "2026-09-01T01:00:00+02:00", 2)]
    [InlineData("anthropic", "claude-sonnet-5", "2026-09-01T00:00:00Z", 3)]
    public void The_price_is_that_of_the_UTC_day_of_the_call(string provider, string model, string at, decimal input) =>
        Assert.Equal(input, Book().Find(ModelOf(provider, model), null, RunUsage.None, DateTimeOffset.Parse(at))!.Rates.Input);

    [Theory]
    [InlineData(200_000, 3)]
    [InlineData(200_001, 6)]
    public void A_long_prompt_has_the_price_of_long_prompts(long promptTokens, decimal input) =>
        Assert.Equal(input, Book().Find(ModelOf("anthropic", "claude-sonnet-4-5"), null, new RunUsage(promptTokens, 1, 0, 0), _autumn)!.Rates.Input);

    [Fact]
    public void A_deployment_of_any_name_has_the_price_of_the_model_that_answers() =>
        Assert.Equal("openai/gpt-4o-mini",
            Book().Find(ModelOf("azure_openai", "our-deployment"), "gpt-4o-mini-2024-07-18", RunUsage.None, _autumn)!.Key);

    [Fact]
    public void A_price_of_the_configuration_goes_before_the_shipped_one_and_says_so()
    {
        var price = Book("prices: { openai/gpt-4o-mini: { input: 1, output: 2 } }").Find(ModelOf("openai", "gpt-4o-mini"), null, RunUsage.None, _autumn)!;

        Assert.Equal(("config", "openai/gpt-4o-mini", new PriceRates(1, 2)), (price.Source, price.Key, price.Rates));
        Assert.Equal("builtin", Book().Find(ModelOf("openai", "gpt-4o-mini"), null, RunUsage.None, _autumn)!.Source);
        Assert.Equal(BuiltInPrices.Table.Version, price.Version);
    }

    [Theory]
    [InlineData("ollama", "phi4", "ollama/*")]
    [InlineData("ollama", "llama3.1:70b-instruct", "ollama/llama3.1:70b*")]
    [InlineData("vllm", "llama3.1:70b-instruct", "llama3.1*")]
    [InlineData("ollama", "llama3.1:70b", "llama3.1:70b")]
    public void An_exact_name_goes_before_a_beginning_and_a_longer_beginning_before_a_shorter_one(string provider, string model, string key) =>
        Assert.Equal(key, Book("""
            prices:
              ollama/*: { input: 0, output: 0 }
              llama3.1*: { input: 1, output: 1 }
              ollama/llama3.1:70b*: { input: 2, output: 2 }
              llama3.1:70b: { input: 3, output: 3 }
            """).Find(ModelOf(provider, model), null, RunUsage.None, _autumn)!.Key);

    [Fact]
    public void A_price_for_the_provider_goes_before_one_for_any()
    {
        var book = Book("prices: { m: { input: 1, output: 1 }, openai/m: { input: 2, output: 2 } }");

        Assert.Equal("openai/m", book.Find(ModelOf("openai", "m"), null, RunUsage.None, _autumn)!.Key);
        Assert.Equal("m", book.Find(ModelOf("ollama", "m"), null, RunUsage.None, _autumn)!.Key);
    }

    [Fact]
    public void Before_the_first_day_of_a_configured_price_the_shipped_one_holds()
    {
        var book = Book("prices: { openai/gpt-4o: [{ from: 2026-09-01, until: 2026-10-01, input: 1, output: 1 }, { from: 2026-12-01, input: 5, output: 5 }] }");

        decimal InputOn(int month) => book.Find(ModelOf("openai", "gpt-4o"), null, RunUsage.None, new DateTimeOffset(2026, month, 1, 0, 0, 0, TimeSpan.Zero))!.Rates.Input;
        Assert.Equal([2.5m, 1m, 2.5m, 5m], [InputOn(8), InputOn(9), InputOn(10), InputOn(12)]);
    }

    [Fact]
    public void The_shipped_table_says_its_version_and_day_and_has_each_providers_models()
    {
        Assert.NotEqual("", BuiltInPrices.Table.Version);
        Assert.NotNull(BuiltInPrices.Table.AsOf);
        Assert.InRange(BuiltInPrices.Table.Entries.Count, 60, 120);
        string[] providers = ["openai", "anthropic", "gemini", "mistral", "deepseek", "xai", "groq", "scripted"];
        Assert.Superset(providers.ToHashSet(), BuiltInPrices.Table.Entries.Select(e => e.Provider!).ToHashSet());
        Assert.All(BuiltInPrices.Table.Entries, e => Assert.True(e.Rates.Output >= e.Rates.Input && !(e.Rates.CachedInput > e.Rates.Input), e.Key));
    }

    private static PriceBook Book(string yaml = "agents: []") => new(BuiltInPrices.Table, Configuration.TemporaryFile.Load(yaml).Prices);

    private static ModelDefinition ModelOf(string provider, string model) => new() { Key = "m", Provider = provider, Model = model };
}
