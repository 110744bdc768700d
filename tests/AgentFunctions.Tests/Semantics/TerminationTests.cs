using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// Terminating. From the documentation of Durable Functions, "Manage orchestration instances" (an activity that runs is not
/// stopped), and TerminateInstanceOptions of microsoft/durabletask-dotnet.
/// </summary>
public class TerminationTests : SemanticsTests
{
    private readonly HeldActivity _held = new();

    [Fact]
    public async Task An_instance_ends_while_its_activity_runs_and_the_late_result_changes_nothing()
    {
        await using var host = await Host()
            .AsyncActivity<string>("Held", _held.RunAsync)
            .Activity<string>("After", _ => throw new InvalidOperationException("nothing runs after a termination"))
            .Orchestrator("Work", async context =>
            {
                await context.CallActivityAsync<string>("Held", "a");
                return await context.CallActivityAsync<string>("After");
            })
            .StartAsync();
        var id = await host.BeginAsync("Work");
        await _held.BegunAsync("a");

        await host.Client.TerminateInstanceAsync(id, new TerminateInstanceOptions(new { reason = "enough" }));

        var end = await host.EndOfAsync(id);
        Assert.Equal((OrchestrationRuntimeStatus.Terminated, """{"reason":"enough"}"""), (end.RuntimeStatus, end.SerializedOutput));
        _held.Return("a", "late");
        await host.RestartAsync();
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, await host.StatusAsync(id));
        Assert.DoesNotContain("TaskCompleted", await host.EventTypesAsync(id));
    }

    [Fact]
    public async Task An_instance_that_has_not_begun_never_begins()
    {
        var began = false;
        await using var host = await Host().Orchestrator("Later", _ => Task.FromResult(began = true)).StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync(
            "Later", null, new StartOrchestrationOptions(StartAt: host.Time.GetUtcNow().AddHours(1)));
        await host.Client.TerminateInstanceAsync(id);
        await host.EndOfAsync(id);
        host.Time.Advance(TimeSpan.FromHours(2));
        await host.RestartAsync();

        Assert.Equal(OrchestrationRuntimeStatus.Terminated, await host.StatusAsync(id));
        Assert.False(began);
    }

    [Fact]
    public async Task An_instance_whose_code_has_returned_but_whose_activity_runs_can_be_terminated()
    {
        await using var host = await Host()
            .AsyncActivity<string>("Held", _held.RunAsync)
            .Orchestrator("Leave", context =>
            {
                _ = context.CallActivityAsync("Held", "a");
                return Task.FromResult("returned");
            })
            .StartAsync();
        var id = await host.BeginAsync("Leave");
        await _held.BegunAsync("a");
        await host.Client.TerminateInstanceAsync(id);

        var end = await host.EndOfAsync(id);
        Assert.Equal((OrchestrationRuntimeStatus.Terminated, null), (end.RuntimeStatus, end.SerializedOutput));
        _held.Return("a");
    }

    [Theory]
    [InlineData(true, OrchestrationRuntimeStatus.Terminated)]
    [InlineData(false, OrchestrationRuntimeStatus.Completed)]
    public async Task Children_and_their_children_are_terminated_only_if_asked(bool recursive, OrchestrationRuntimeStatus expected)
    {
        await using var host = await Host()
            .Orchestrator("Wait", context => context.WaitForExternalEvent<string>("go"))
            .Orchestrator("Child", context => context.CallSubOrchestratorAsync<string>("Wait", options: At("grandchild")))
            .Orchestrator("Parent", context => context.CallSubOrchestratorAsync<string>("Child", options: At("child")))
            .StartAsync();
        await host.BeginAsync("Parent", instanceId: "parent");
        await host.UntilStatusAsync("grandchild", OrchestrationRuntimeStatus.Running);

        await host.Client.TerminateInstanceAsync("parent", new TerminateInstanceOptions(Recursive: recursive));
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await host.EndOfAsync("parent")).RuntimeStatus);
        if (!recursive)
            await host.Client.RaiseEventAsync("grandchild", "go", "on");

        Assert.Equal(expected, (await host.EndOfAsync("grandchild")).RuntimeStatus);
        Assert.Equal(expected, (await host.EndOfAsync("child")).RuntimeStatus);
    }

    private static SubOrchestrationOptions At(string instanceId) => new(instanceId: instanceId);
}
