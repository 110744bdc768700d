// Structured output in an app with types and hooks in code, over HTTP.
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Hooks;
using AgentFunctions.Models;
using AgentFunctions.Tests.Hooks;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tests.Output;

public sealed class OutputOfAnAppTests
{
    private const string Config = """
        models:
          pays_first: { provider: scripted, script: [{ after_tool: pay, say: '{"amount":5}' }, { call: [{ tool: pay, arguments: { amount: 5 } }] }] }
          wrong_first: { provider: scripted, script: [{ when: not fit, say: '{"amount":5}' }, { say: '{"amount":"five"}' }] }
        agents:
          - { name: payer, model: pays_first, prompt: Pay., tools: [pay], output: { type: receipt } }
          - { name: mistaken, model: wrong_first, prompt: Pay., output: { type: receipt } }
        """;

    private sealed record Receipt(int Amount);

    [Fact]
    public async Task R_SO_1_a_type_in_code_shapes_the_answers_of_an_agent_of_the_file()
    {
        await using var app = await HookApp.StartAsync(services => services.AddAgentOutput<Receipt>("receipt"), Config);

        Assert.Equal("""{"amount":5}""", (await app.RunAsync("payer"))["output"]!.ToJsonString());
        var repaired = await app.RunAsync("mistaken");
        Assert.Equal(("""{"amount":5}""", 2), (repaired["output"]!.ToJsonString(), (int)repaired["steps"]!));
    }

    [Theory]
    [InlineData("payer")]
    [InlineData("mistaken")]
    public async Task R_HK_3_a_run_with_output_that_a_hook_stopped_is_hook_stopped_and_not_out_of_steps(string agent)
    {
        await using var app = await HookApp.StartAsync(
            services => services.AddAgentOutput<Receipt>("receipt")
                .AddSingleton(new Interceptor { Step = _ => new BeforeStepResult { Stop = true } }).AddAgentHook<Interceptor>(),
            Config);

        var run = await app.RunAsync(agent);

        Assert.Equal(("completed", "hook_stopped", 1), ((string?)run["status"], (string?)run["termination_reason"], (int)run["steps"]!));
        Assert.Null(run["output"]);
        Assert.Null(run["error"]);
        Assert.Equal("hook_stopped", (string?)(await app.RootAsync(run))["attributes"]!["agentfunctions.run.termination_reason"]);
    }
}
