using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// Nothing as input and output. From JsonDataConverter of microsoft/durabletask-dotnet: null is not serialized, and nothing is read as
/// the type's default.
/// </summary>
public class NullValueTests : SemanticsTests
{
    [Fact]
    public async Task Null_goes_through_every_call_as_nothing()
    {
        await using var host = await Host()
            .Activity<string?>("Echo", text => text)
            .Orchestrator("Child", context => Task.FromResult(context.GetInput<string>()))
            .Orchestrator("All", async context => new List<string?>
            {
                context.GetInput<string>(),
                await context.CallActivityAsync<string?>("Echo"),
                await context.CallSubOrchestratorAsync<string?>("Child"),
                await context.WaitForExternalEvent<string?>("nothing"),
            })
            .StartAsync();
        var id = await host.BeginAsync("All");
        await host.Client.RaiseEventAsync(id, "nothing");

        var end = await host.EndOfAsync(id);

        Assert.Equal([null, null, null, null], end.ReadOutputAs<List<string?>>()!);
        Assert.Null(end.SerializedInput);
    }

    [Fact]
    public async Task An_orchestration_may_return_nothing_and_its_output_is_then_none()
    {
        await using var host = await Host().Orchestrator("Nothing", _ => Task.FromResult<string?>(null)).StartAsync();

        var end = await host.RunAsync("Nothing");

        Assert.Equal((OrchestrationRuntimeStatus.Completed, null), (end.RuntimeStatus, end.SerializedOutput));
    }

    [Fact]
    public async Task A_value_type_that_was_not_given_is_its_default()
    {
        await using var host = await Host()
            .Activity<string?>("Nothing", _ => null)
            .Orchestrator("Numbers", async context =>
                $"{context.GetInput<int>()} {await context.CallActivityAsync<int>("Nothing")} {context.GetInput<int?>() is null}")
            .StartAsync();

        Assert.Equal("0 0 True", (await host.RunAsync("Numbers")).ReadOutputAs<string>());
    }
}
