using AgentFunctions.Agents;
using AgentFunctions.Configuration;
using AgentFunctions.Models;
using AgentFunctions.Tools;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tests.Configuration;

public sealed class AgentCatalogTests
{
    private const string Yaml = """
        models:
          slow: { provider: openai, model: big, api_key: "${KEY}", temperature: 0.7 }
          fast: { provider: openai, model: small, api_key: "${KEY}", temperature: 0.2 }
        agents:
          - { name: a, model: slow, prompt: p, max_tokens: 9, tools: [add] }
        """;

    [Fact]
    public void Agents_of_the_file_and_of_code_are_one_catalog_and_share_tools_and_models()
    {
        using var app = Compose(s => s.AddAgent(parts => Agent("b") with { Model = parts.Model("fast"), Tools = [parts.Tool("add")] }));
        Assert.Equal(["a", "b"], app.Catalog.Agents.Select(x => x.Name));
        Assert.True(app.Catalog.TryGet("b", out var b));
        Assert.Equal(("small", "add"), (b.Model.Model, b.Tools[0].Name));
        Assert.False(app.Catalog.TryGet("c", out _));
    }

    [Fact]
    public void An_app_may_have_agents_in_code_only()
    {
        var services = new ServiceCollection();
        services.AddAgent(Agent("b")).AddAgents(null);
        using var provider = services.BuildServiceProvider();
        Assert.Equal("b", Assert.Single(provider.GetRequiredService<IAgentCatalog>().Agents).Name);
    }

    [Fact]
    public void Agents_of_code_are_checked_like_those_of_the_file()
    {
        using var app = Compose(s => s
            .AddAgent(Agent("a"))
            .AddAgent(Agent("b c") with { MaxSteps = 0, Tools = [new ToolDefinition { Name = "nope", Parameters = default }] }));
        var error = Assert.Throws<ConfigurationException>(() => app.Catalog);
        Assert.Equal(
            [
                "code: key 'agents': there is already an agent 'a'",
                "code: key 'agents': the agent name 'b c' must be 1 to 64 letters, digits, '_' or '-'",
                "code: key 'agents': agent 'b c': MaxSteps must be 1 or more, not 0",
                "code: key 'agents': agent 'b c': the tool 'nope' is neither an HTTP tool nor registered with AddAgentTools",
            ],
            error.Problems.Select(p => p.ToString()));
    }

    [Fact]
    public void A_part_that_is_not_there_is_told_with_the_nearest_one()
    {
        using var app = Compose(s => s.AddAgent(parts => Agent("b") with { Model = parts.Model("fats") }));
        Assert.Equal("code: key 'agents': there is no model 'fats'; did you mean 'fast'?", Assert.Throws<ConfigurationException>(() => app.Catalog).Message);
    }

    [Fact]
    public void No_agent_at_all_is_an_error_that_says_where_to_add_one()
    {
        var services = new ServiceCollection();
        services.AddAgents(null);
        using var provider = services.BuildServiceProvider();
        Assert.Contains("there is no agent; add one", Assert.Throws<ConfigurationException>(provider.GetRequiredService<IAgentCatalog>).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_agent_with_another_model_keeps_what_it_set_itself()
    {
        using var app = Compose();
        var other = app.Catalog.WithModel(app.Catalog.Agents[0], "fast");
        Assert.Equal(("small", 0.2, 9), (other.Model.Model, other.Model.Temperature, other.Model.MaxTokens));
        Assert.Equal("ollama", app.Catalog.WithModel(other, "ollama/llama").Model.Provider);
    }

    [Fact]
    public void Another_model_that_does_not_exist_is_an_error_that_lists_the_keys()
    {
        using var app = Compose();
        var error = Assert.Throws<ArgumentException>(() => app.Catalog.WithModel(app.Catalog.Agents[0], "fats"));
        Assert.Contains("Models: slow, fast", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_of_the_current_definition_resolves_to_it()
    {
        using var app = Compose();
        Assert.Same(app.Catalog.Agents[0], await app.Resolver.ResolveAsync(app.Catalog.Agents[0].Hash));
    }

    [Fact]
    public async Task A_run_of_an_earlier_definition_gets_the_stored_one_with_the_current_key()
    {
        using var app = Compose();
        var earlier = app.Catalog.Agents[0] with { Prompt = "an earlier prompt" };
        await app.Store.PutAsync(earlier);
        var resolved = await app.Resolver.ResolveAsync(earlier.Hash);
        Assert.Equal(("an earlier prompt", "${KEY}", earlier.Hash), (resolved.Prompt, resolved.Model.ApiKey, resolved.Hash));
    }

    [Fact]
    public async Task The_current_key_is_not_sent_where_the_configuration_would_not_send_it()
    {
        using var app = Compose();
        var agent = app.Catalog.Agents[0];
        var earlier = agent with { Model = agent.Model with { BaseUrl = "https://elsewhere.example" } };
        await app.Store.PutAsync(earlier);
        Assert.Null((await app.Resolver.ResolveAsync(earlier.Hash)).Model.ApiKey);
    }

    [Fact]
    public async Task Each_model_of_a_stored_chain_takes_its_current_key()
    {
        using var app = Compose();
        var agent = app.Catalog.Agents[0];
        var earlier = agent with { Prompt = "an earlier prompt", Model = agent.Model with { Fallbacks = [agent.Model, agent.Model with { BaseUrl = "https://elsewhere.example" }] } };
        await app.Store.PutAsync(earlier);
        var resolved = await app.Resolver.ResolveAsync(earlier.Hash);
        Assert.Equal([agent.Model.ApiKey, agent.Model.ApiKey, null], resolved.Model.Chain().Select(m => m.ApiKey));
        Assert.Equal(earlier.Hash, resolved.Hash);
    }

    [Fact]
    public async Task A_definition_that_nobody_has_is_an_error_that_names_its_hash()
    {
        using var app = Compose();
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => app.Resolver.ResolveAsync("abc"));
        Assert.Contains("abc", error.Message, StringComparison.Ordinal);
    }

    private static AgentDefinition Agent(string name) =>
        new() { Name = name, Prompt = "p", Model = new ModelDefinition { Key = "own", Provider = "ollama", Model = "x" } };

    private static App Compose(Action<IServiceCollection>? configure = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IDefinitionStore, Definitions>().AddAgentTools<Calculator>();
        configure?.Invoke(services);
        using var file = new TemporaryFile(Yaml);
        services.AddAgents(file.Path, _ => "k");
        return new App(services.BuildServiceProvider());
    }

    private sealed record App(ServiceProvider Services) : IDisposable
    {
        public IAgentCatalog Catalog => Services.GetRequiredService<IAgentCatalog>();

        public DefinitionResolver Resolver => Services.GetRequiredService<DefinitionResolver>();

        public IDefinitionStore Store => Services.GetRequiredService<IDefinitionStore>();

        public void Dispose() => Services.Dispose();
    }

    internal sealed class Calculator
    {
        [AgentTool]
        public static int Add(int a, int b) => a + b;
    }

    // Keeps JSON, as every real store does: what is not serialized is lost.
    private sealed class Definitions : IDefinitionStore
    {
        private readonly Dictionary<string, string> _json = [];

        public Task PutAsync(AgentDefinition definition, CancellationToken cancellationToken = default)
        {
            _json[definition.Hash] = AgentJson.Serialize(definition);
            return Task.CompletedTask;
        }

        public Task<AgentDefinition?> GetAsync(string hash, CancellationToken cancellationToken = default) =>
            Task.FromResult(_json.TryGetValue(hash, out var json) ? AgentJson.Deserialize<AgentDefinition>(json) : null);
    }
}
