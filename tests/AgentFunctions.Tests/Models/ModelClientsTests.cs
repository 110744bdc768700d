// From definition to client: caching, keys, endpoints, and what cannot be used.
using AgentFunctions.Models;
using AgentFunctions.Models.Providers;
using AgentFunctions.Runs;
using AgentFunctions.Tests.Fakes;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tests.Models;

public sealed class ModelClientsTests : IDisposable
{
    private readonly Dictionary<string, string?> _environment = new() { ["KEY_A"] = "a" };
    private readonly ModelClients _clients;

    private readonly ModelDefinition _model = new() { Key = "fast", Provider = "openai", Model = "m", ApiKey = "${KEY_A}" };

    public ModelClientsTests() => _clients = new ModelClients(TimeProvider.System, name => _environment.GetValueOrDefault(name));

    public void Dispose() => _clients.Dispose();

    [Fact]
    public void Equal_definitions_share_a_client_and_a_changed_key_gets_a_new_one()
    {
        var client = _clients.Get(_model);
        Assert.Same(client, _clients.Get(_model with { Script = [] }));
        Assert.NotSame(client, _clients.Get(_model with { Temperature = 1 }));
        _environment["KEY_A"] = "b";
        Assert.NotSame(client, _clients.Get(_model));
    }

    [Fact]
    public async Task The_new_key_is_used_as_soon_as_the_variable_changes()
    {
        await using var server = await FakeOpenAI.StartNewAsync();
        server.Respond = _ => FakeOpenAI.Answer("ok");
        foreach (var key in new[] { "first", "second" })
        {
            _environment["KEY_A"] = key;
            await _clients.Get(_model with { BaseUrl = server.BaseUrl }).GetResponseAsync("Hello");
        }

        Assert.Equal(["Bearer first", "Bearer second"], server.Requests.Select(r => r.Headers["authorization"]));
    }

    [Fact]
    public void A_missing_variable_is_named()
    {
        var failure = Assert.Throws<ModelException>(() => _clients.Get(_model with { ApiKey = "${NO_SUCH_KEY}" }));
        Assert.Equal((RunErrorCodes.InvalidConfig, false), (failure.Code, failure.Retryable));
        Assert.Contains("NO_SUCH_KEY", failure.Message, StringComparison.Ordinal);
        Assert.Contains("'fast'", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("opnai", null, "opnai")]
    [InlineData("azure_openai", null, "base_url")]
    [InlineData("openai", "localhost:80/v1", "base_url")]
    [InlineData("anthropic", "/v1", "base_url")]
    public void A_definition_that_cannot_be_used_says_what_to_change(string provider, string? baseUrl, string named)
    {
        var failure = Assert.Throws<ModelException>(() => _clients.Get(_model with { Provider = provider, BaseUrl = baseUrl }));
        Assert.Equal((RunErrorCodes.InvalidConfig, false), (failure.Code, failure.Retryable));
        Assert.Contains(named, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_preset_but_Azure_has_an_endpoint_and_gives_a_client()
    {
        foreach (var provider in ProviderPreset.Names.Except(["azure_openai"]).Append("anthropic"))
            Assert.NotNull(_clients.Get(_model with { Provider = provider }));
    }

    [Fact]
    public void Services_give_the_clients_with_the_injected_variables()
    {
        using var services = new ServiceCollection().AddModels(name => name == "KEY_A" ? "x" : null).BuildServiceProvider();
        var client = services.GetRequiredService<IModelClients>().Get(_model);
        Assert.Equal(("openai", "m"), (client.GetService<ChatClientMetadata>()!.ProviderName, client.GetService<ChatClientMetadata>()!.DefaultModelId));
    }
}
