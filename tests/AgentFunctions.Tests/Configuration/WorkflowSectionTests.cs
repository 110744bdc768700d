// The `workflows` section: what it gives, and what it says of mistakes.
using AgentFunctions.Agents;
using AgentFunctions.Configuration;
using AgentFunctions.Workflows;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tests.Configuration;

public sealed class WorkflowSectionTests
{
    private const string Agents = """
        models: { m: { provider: scripted, script: [ { say: hi } ] } }
        agents: [ { name: writer, model: m, prompt: p }, { name: judge, model: m, prompt: p } ]
        tools: [ { name: save, parameters: { type: object }, http: { method: PUT, url: "http://localhost/x" } } ]

        """;

    [Fact]
    public void A_workflow_is_read_with_its_members_pinned_and_its_tools_resolved()
    {
        var workflow = Load("""
            workflows:
              - name: w
                steps:
                  - { id: a, agent: writer, input: "{{input}}", retry: { max_attempts: 3, backoff: 2s, max_interval: 10s }, timeout: 1m }
                  - { id: b, tool: save, arguments: { text: "{{steps.a.output}}", size: 3 } }
                  - id: c
                    loop: { until: "steps.d.status == 'completed'", max_iterations: 4, steps: [ { id: d, agent: writer } ] }
                output: "{{steps.c.output}}"
                budget: { tokens: 100 }
            """).Agents.Single(a => a.Name == "w");

        Assert.Equal(RunKind.Workflow, workflow.Kind);
        Assert.Equal(["writer"], workflow.Members.Select(m => m.Name));
        Assert.Equal(["save"], workflow.Tools.Select(t => t.Name));
        Assert.Equal(100, workflow.Budget!.Tokens);
        var first = workflow.Workflow!.Steps[0];
        Assert.Equal((StepKind.Agent, "writer", 60), (first.Kind, first.Target, first.TimeoutSeconds));
        Assert.Equal([2, 4, 8, 10], Enumerable.Range(1, 4).Select(attempt => first.Retry!.Delay(attempt).TotalSeconds));
        Assert.Equal(4, workflow.Workflow.Step("c").MaxIterations);
    }

    [Fact]
    public void A_definition_survives_the_definition_store_with_its_hash()
    {
        var workflow = Load("""
            workflows: [ { name: w, steps: [ { id: a, set: { x: 1 } }, { id: b, router: { choose: state.x, routes: { "1": [ { agent: writer } ] }, default: [ { agent: judge } ] } } ] } ]
            """).Agents.Single(a => a.Name == "w");

        var stored = AgentJson.Deserialize<AgentDefinition>(AgentJson.Serialize(workflow));

        Assert.Equal(workflow.Hash, stored.Hash);
        Assert.True(stored.Workflow!.Step("b").Routes[1].IsDefault);
    }

    [Theory]
    [InlineData("{ id: a, agent: writr }", "steps[0].agent': there is no agent, team or workflow 'writr'; did you mean 'writer'?")]
    [InlineData("{ id: a, tool: sav }", "steps[0].tool': there is no tool 'sav'")]
    [InlineData("{ id: a, function: count }", "steps[0]': names the function 'count', which is not registered with AddWorkflowStep")]
    [InlineData("{ id: a, agent: writer, when: { function: urgent } }", "names the condition 'urgent', which is not registered with AddWorkflowCondition")]
    [InlineData("{ id: a }", "steps[0]': must say what it does with exactly one of agent, team")]
    [InlineData("{ id: a, agent: writer, tool: save }", "not agent and tool")]
    [InlineData("{ id: a, agent: writer, input: '{{steps.b.output}}' }", "reads the step 'b'")]
    [InlineData("{ id: a, agent: writer, input: '{{inptu}}' }", "reads 'inptu'")]
    [InlineData("{ id: a, agent: writer, input: '{{a b}}' }", "has a template that cannot be read")]
    [InlineData("{ id: a, agent: writer, when: 'input = 1' }", "equality is '=='")]
    [InlineData("{ id: a, sequence: [ { id: a, agent: writer } ] }", "has an id that another step of the workflow has as well: 'a'")]
    [InlineData("{ id: a, loop: { steps: [ { id: b, agent: nobody } ] } }", "steps[0].loop.steps[0].agent': there is no agent, team or workflow 'nobody'")]
    [InlineData("{ id: a, parallel: [] }", "has no steps within")]
    [InlineData("{ id: a, agent: writer, retry: { max_attempts: 0 } }", "steps[0].retry.max_attempts': must be from 1 to 100")]
    [InlineData("{ id: a, human: { prompt: ok, on_reject: retry } }", "has on_reject: retry, and no step before it")]
    [InlineData("{ id: a, human: { prompt: ok, type: user_input } }", "asks for user input, and names no `fields`")]
    [InlineData("{ id: a, human: { prompt: ok, on_reject: else } }", "has on_reject: else, and no `else` steps")]
    [InlineData("{ id: a, agent: w }", "is a member of itself: w")]
    [InlineData("{ id: a, agent: writer, on_error: stop }", "steps[0].on_error': is not a known key")]
    public void A_mistake_in_a_step_is_told_with_its_place(string step, string problem)
    {
        var told = Assert.Throws<ConfigurationException>(() => Load($"workflows: [ {{ name: w, steps: [ {step} ] }} ]"));

        Assert.Contains("workflows[0].steps[0]", told.Message);
        Assert.Contains(problem, told.Message);
    }

    [Fact]
    public void A_workflow_of_code_is_the_same_as_that_of_the_file()
    {
        var file = Load("""
            workflows:
              - name: w
                steps:
                  - { id: a, agent: writer, input: "{{input}}" }
                  - { id: b, condition: { if: "steps.a.output contains 'x'", then: [ { id: c, agent: judge } ] } }
                output: "{{steps.b.output}}"
            """);
        var (writer, judge) = (file.Agents.Single(a => a.Name == "writer"), file.Agents.Single(a => a.Name == "judge"));

        var code = Workflow.Create("w").Agent("a", writer, "{{input}}")
            .Condition("b", "steps.a.output contains 'x'", then => then.Agent("c", judge)).Output("{{steps.b.output}}").Build();

        Assert.Equal(file.Agents.Single(a => a.Name == "w").Hash, code.Hash);
    }

    [Fact]
    public void Mistakes_of_a_workflow_of_code_are_told_with_its_name()
    {
        var file = Load("");
        var services = new ServiceCollection();
        using var path = new TemporaryFile(Agents);
        services.AddAgents(path.Path, _ => null);
        services.AddWorkflow(parts => Workflow.Create("w").Agent("a", parts.Agent("writer"), "{{steps.z.output}}")
            .Agent("b", file.Agents[0] with { Name = "stranger" }).Build());

        var told = Assert.Throws<ConfigurationException>(() => services.BuildServiceProvider().GetRequiredService<IAgentCatalog>());

        Assert.Contains("workflow 'w': step 'a' reads the step 'z'", told.Message);
        Assert.Contains("'w' names the member 'stranger'", told.Message);
    }

    private static AppConfiguration Load(string workflows)
    {
        using var file = new TemporaryFile(Agents + workflows);
        return ConfigurationLoader.Load(file.Path, _ => null);
    }
}
