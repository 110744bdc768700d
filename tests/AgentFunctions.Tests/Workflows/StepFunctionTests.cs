// C# functions as steps when they are delivered more than once.
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Tests.Runs;
using AgentFunctions.Tools;
using AgentFunctions.Workflows;

namespace AgentFunctions.Tests.Workflows;

public sealed class StepFunctionTests
{
    private const string Workflow = """
        workflows: [ { name: w, steps: [ { id: pay, function: pay, input: "{{input}}" } ] } ]
        """;

    private int _calls;

    [Fact]
    public async Task A_finished_function_is_answered_from_the_store()
    {
        await using var app = App(ToolEffect.Once);
        var step = await BeginAsync(app);

        Assert.Null(await app.Get<StepFunctions>().RunAsync(step, CancellationToken.None));
        Assert.Null(await app.Get<StepFunctions>().RunAsync(step, CancellationToken.None));

        Assert.Equal(1, _calls);
    }

    [Theory]
    [InlineData(ToolEffect.Once, 0, RunErrorCodes.OutcomeUnknown)]
    [InlineData(ToolEffect.Pure, 1, null)]
    public async Task A_function_that_was_interrupted_runs_again_only_if_it_may(ToolEffect effect, int calls, string? error)
    {
        await using var app = App(effect);
        var step = await BeginAsync(app);
        await app.Runs.CommitAsync(new RunCommit(step.RunId, "started:pay", "{}"));

        Assert.Equal(error, (await app.Get<StepFunctions>().RunAsync(step, CancellationToken.None))?.Code);

        Assert.Equal(calls, _calls);
    }

    private RunServices App(ToolEffect effect) => new(TimeProvider.System, Workflow, services => services.AddWorkflowStep("pay", (_, _) =>
    {
        _calls++;
        return Task.FromResult<object?>("paid");
    }, effect));

    private static async Task<StepAttempt> BeginAsync(RunServices app)
    {
        Assert.True(app.Get<IAgentCatalog>().TryGet("w", out var workflow));
        await app.Runs.CreateAsync(new RunRecord
        {
            RunId = "run_1",
            Kind = RunKind.Workflow,
            AgentId = "w",
            DefinitionHash = workflow.Hash,
            SessionId = "s",
            Input = "10",
            Model = "none",
            TraceId = "0af7651916cd43dd8448eb211c80319c",
            CreatedAt = DateTimeOffset.UnixEpoch,
        }, [], []);
        var step = new StepAttempt("run_1", "pay", "pay", Number: 1);
        await app.Get<StepStarter>().BeginAsync(step, CancellationToken.None);
        return step;
    }
}
