using AgentFunctions.Agents;
using AgentFunctions.Configuration;
using AgentFunctions.Tools;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tests.Tools;

/// <summary>The agents.yaml that ships, with the sample tools.</summary>
public sealed class SampleFileTests
{
    private static string SamplePath => Path.Combine(AppContext.BaseDirectory, "agents.yaml");

    [Fact]
    public void The_shipped_sample_loads_without_any_key()
    {
        var configuration = Compose().AddAgents(SamplePath, _ => null);
        Assert.Equal(["assistant", "weather", "thinker", "travel", "two-cities"], configuration.Agents.Select(a => a.Name));
        Assert.All(configuration.Agents.Where(a => a.Kind != RunKind.Workflow), agent => Assert.Equal("scripted", agent.Model.Provider));
    }

    [Fact]
    public async Task The_sample_weather_is_the_same_every_time_and_says_that_it_is_made_up()
    {
        var services = Compose();
        services.AddAgents(SamplePath, _ => null);
        await using var provider = services.BuildServiceProvider();
        var tool = provider.Tool("get_weather");

        Assert.Equal(ToolEffect.Pure, tool.Effect);
        var result = await provider.Runner().ResultAsync(tool, """{"city":"Oslo"}""");
        Assert.Equal(result, await provider.Runner().ResultAsync(tool, """{"city":"Oslo"}"""));
        Assert.Contains("demo data", result, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_call_in_the_samples_scripts_fits_the_tools_schema()
    {
        var services = Compose();
        var configuration = services.AddAgents(SamplePath, _ => null);
        await using var provider = services.BuildServiceProvider();

        var calls = configuration.Agents.SelectMany(a => (a.Model.Script ?? []).SelectMany(r => r.Call ?? []), (a, call) => (Agent: a, Call: call)).ToList();
        Assert.NotEmpty(calls);
        Assert.All(calls, pair =>
        {
            var tool = Assert.Single(pair.Agent.Tools, t => t.Name == pair.Call.Tool);
            Assert.Null(provider.Runner().Validate(tool, System.Text.Json.JsonSerializer.SerializeToElement(pair.Call.Arguments)));
        });
    }

    private static ServiceCollection Compose()
    {
        var services = new ServiceCollection();
        services.AddAgentTools<SampleTools>();
        return services;
    }
}
