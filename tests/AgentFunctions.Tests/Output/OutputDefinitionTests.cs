// The schema of a C# type, and the values that are read back as it.
using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Configuration;
using AgentFunctions.Output;
using AgentFunctions.Runs;
using AgentFunctions.Tests.Configuration;
using AgentFunctions.Tests.Runs;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tests.Output;

public sealed class OutputDefinitionTests
{
    private enum Sky
    {
        Clear,
        PartlyCloudy,
    }

    private sealed record Wind(double Speed, string? From);

    private sealed record Report([property: Description("The city's name.")] string City, int Celsius, Sky Sky, Wind? Wind, IReadOnlyList<string> Warnings);

    [Fact]
    public void R_SO_1_the_schema_of_a_type_requires_every_member_and_closes_every_object()
    {
        var output = OutputDefinition.For<Report>("report");

        Assert.Null(output.Problem());
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""
            {"type":"object","additionalProperties":false,"required":["city","celsius","sky","wind","warnings"],"properties":{
              "city":{"description":"The city's name.","type":"string"},
              "celsius":{"type":"integer"},
              "sky":{"type":"string","enum":["clear","partly_cloudy"]},
              "wind":{"type":["object","null"],"additionalProperties":false,"required":["speed","from"],"properties":{
                "speed":{"type":"number"},"from":{"type":["string","null"]}}},
              "warnings":{"type":"array","items":{"type":"string"}}}}
            """), JsonNode.Parse(output.Schema.GetRawText())), output.Schema.GetRawText());
    }

    [Fact]
    public void R_SO_1_a_type_that_is_not_an_object_is_refused_with_what_to_do() =>
        Assert.Contains("wrap a list or a single value", Assert.Throws<ArgumentException>(() => OutputDefinition.For<List<string>>()).Message);

    [Fact]
    public async Task R_SO_1_an_agent_made_in_code_for_a_type_gives_runs_that_are_read_as_the_type()
    {
        await using var services = Services("""{"city":"Oslo","celsius":7,"sky":"partly_cloudy","wind":null,"warnings":[]}""");
        var run = await FinishedRunAsync(services);

        var report = RunOutput.Read<Report>(run);

        Assert.Equal(("Oslo", 7, Sky.PartlyCloudy, null), (report.City, report.Celsius, report.Sky, report.Wind));
    }

    [Fact]
    public async Task R_SO_1_a_run_without_output_cannot_be_read_as_one()
    {
        await using var services = Services("not json");
        var run = await FinishedRunAsync(services);

        Assert.Contains("has no output", Assert.Throws<InvalidOperationException>(() => RunOutput.Read<Report>(run)).Message);
    }

    [Fact]
    public void R_SO_1_the_configuration_names_a_type_that_was_registered_in_code()
    {
        using var file = new TemporaryFile("""
            models: { m: { provider: ollama, model: x } }
            agents: [{ name: a, model: m, prompt: p, output: { type: report, max_repairs: 5 } }]
            """);
        var types = new Dictionary<string, OutputDefinition> { ["report"] = OutputDefinition.For<Report>("report") };

        var agent = Assert.Single(ConfigurationLoader.Load(file.Path, _ => null, null, types).Agents);

        Assert.Equal(("report", 5, true), (agent.Output!.Name, agent.Output.MaxRepairs, agent.Output.Strict));
        Assert.Equal(types["report"].Schema.GetRawText(), agent.Output.Schema.GetRawText());
    }

    [Theory]
    [InlineData("{}", "output': needs either `schema` or `type`")]
    [InlineData("{ type: reprot }", "output.type': there is no output type 'reprot'; register it with AddAgentOutput")]
    [InlineData("{ schema: { type: array } }", "output.schema.type': must be 'object' (the arguments by name), not 'array'")]
    [InlineData("{ schema: { properties: { a: { type: string }, b: { type: string } }, required: [a] } }", "output.schema': leaves 'b' optional, and a strict output has no optional members")]
    [InlineData("{ schema: { properties: { a: { type: object, properties: { c: { type: string } }, additionalProperties: true } } } }", "output.schema': lets an object have members that it does not name")]
    [InlineData("{ schema: { properties: { a: { type: string } } }, max_repairs: 11 }", "output.max_repairs': must be from 0 to 10, not 11")]
    [InlineData("{ schema: { properties: { a: { type: string } } }, max_repair: 1 }", "output.max_repair': is not a known key; did you mean 'max_repairs'?")]
    public void A_wrong_output_is_told_with_its_place(string output, string problem) =>
        Assert.Contains(problem, Assert.Single(TemporaryFile.ProblemsOf(
            $"models: {{ m: {{ provider: ollama, model: x }} }}\nagents: [{{ name: a, model: m, prompt: p, output: {output} }}]")));

    [Fact]
    public void Without_strict_a_schema_stays_as_it_is_written()
    {
        var agent = Assert.Single(TemporaryFile.Load("""
            models: { m: { provider: ollama, model: x } }
            agents: [{ name: a, model: m, prompt: p, output: { strict: false, schema: { properties: { a: { type: string } } } } }]
            """).Agents);

        Assert.False(agent.Output!.Schema.TryGetProperty("required", out _));
    }

    private static RunServices Services(string answer) => new(
        TimeProvider.System,
        $$"""
        models: { script: { provider: scripted, script: [{ say: '{{answer}}' }] } }
        agents: [{ name: other, model: script, prompt: Report. }]
        """,
        services => services.AddAgent(parts => new AgentDefinition
        {
            Name = "reporter",
            Prompt = "Report.",
            Model = parts.Model("script"),
            Output = OutputDefinition.For<Report>() with { MaxRepairs = 0 },
        }));

    // One step and its end, as the orchestration makes them.
    private static async Task<RunRecord> FinishedRunAsync(RunServices services)
    {
        Assert.True(services.Get<IAgentCatalog>().TryGet("reporter", out var agent));
        var run = Storage.Samples.Run("run_1") with { AgentId = agent.Name, DefinitionHash = agent.Hash };
        await services.Runs.CreateAsync(run, [NewRun.StartEvent(run)], [NewRun.InputMessage(run)]);
        await services.Get<CallModelRunner>().RunAsync(new ModelStep(run.RunId, 1, 1, 0), default);
        return await services.Get<RunFinisher>().FinishAsync(new RunOutcome
        {
            RunId = run.RunId,
            Status = RunStatus.Completed,
            TerminationReason = "natural",
            Steps = 1,
            FinishedAt = run.CreatedAt,
        }, default);
    }
}
