// A hook that is named and not there is told at the start, with the likely fix.
using AgentFunctions.Agents;
using AgentFunctions.Configuration;
using AgentFunctions.Hooks;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Runs;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tests.Hooks;

public sealed class HookNamesTests
{
    [Fact]
    public async Task A_hook_that_is_neither_built_in_nor_registered_is_told_with_the_nearest_name() => Assert.Contains(
        "agent 'greeter': pre_hooks names 'promt_injection', which is neither built in nor registered with AddPreHook; did you mean 'prompt_injection'?",
        await ProblemAsync("pre_hooks: [promt_injection]", _ => { }));

    [Fact]
    public async Task A_hook_registered_for_the_other_point_is_not_meant() => Assert.Contains(
        "agent 'greeter': post_hooks names 'office_hours'",
        await ProblemAsync("post_hooks: [office_hours]", services => services.AddPreHook("office_hours", (_, _) => ValueTask.FromResult(HookVerdict.Pass))));

    [Fact]
    public async Task A_hook_for_an_agent_that_is_not_there_is_told() => Assert.Contains(
        "AddAgentHook<Witness> names the agent 'greter', which is not there; did you mean 'greeter'?",
        await ProblemAsync("max_steps: 3", services => services.AddAgentHook<Witness>(["greter"])));

    private static async Task<string> ProblemAsync(string agentLine, Action<IServiceCollection> configure)
    {
        await using var services = new RunServices(new FakeTime(), $$"""
            models:
              quick: { provider: scripted, model: quick-script, script: [{ say: "Hello." }] }
            agents:
              - name: greeter
                model: quick
                prompt: Greet.
                {{agentLine}}
            """, configure);
        return Assert.Throws<ConfigurationException>(services.Get<IAgentCatalog>).Message;
    }
}
