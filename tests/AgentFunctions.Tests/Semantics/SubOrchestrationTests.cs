using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// Sub-orchestrations. From the documentation of Durable Functions, "Sub-orchestrations", and CallSubOrchestratorAsync of
/// TaskOrchestrationContextWrapper in microsoft/durabletask-dotnet. Kinder here: the call of an id that is running fails, where
/// Azure drops it and the parent waits for ever, and the failure of a terminated child has details, where Azure gives none.
/// </summary>
public class SubOrchestrationTests : SemanticsTests
{
    [Fact]
    public async Task A_child_knows_its_parent_and_gives_it_its_result()
    {
        await using var host = await Host()
            .Orchestrator("Child", context => Task.FromResult($"{context.Parent!.Name} {context.Parent.InstanceId} {context.GetInput<int>()}"))
            .Orchestrator("Parent", async context =>
                $"{context.Parent is null} {await context.CallSubOrchestratorAsync<string>("Child", 7)}")
            .StartAsync();

        Assert.Equal("True Parent p 7", (await host.RunAsync("Parent", instanceId: "p")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_failure_deep_inside_arrives_with_all_its_causes()
    {
        await using var host = await Host()
            .Activity<string>("Fail", new Func<string, object?>(_ => throw new FormatException("bad", new IOException("disk"))))
            .Orchestrator<string>("Grandchild", async context => await context.CallActivityAsync<string>("Fail", "x"))
            .Orchestrator<string>("Child", async context => await context.CallSubOrchestratorAsync<string>("Grandchild"))
            .Orchestrator("Parent", async context =>
            {
                try
                {
                    await context.CallSubOrchestratorAsync<string>("Child");
                    return [];
                }
                catch (TaskFailedException e)
                {
                    return Causes(e.FailureDetails).ToList();
                }
            })
            .StartAsync();

        var failed = typeof(TaskFailedException).FullName!;
        Assert.Equal(
            [failed, failed, "System.FormatException", "System.IO.IOException"],
            (await host.RunAsync("Parent")).ReadOutputAs<List<string>>()!);
    }

    [Fact]
    public async Task A_child_without_an_id_gets_one_that_no_replay_changes()
    {
        await using var host = await Host()
            .Orchestrator("Child", async context => $"{context.InstanceId} {await context.WaitForExternalEvent<string>("go")}")
            .Orchestrator("Parent", context => context.CallSubOrchestratorAsync<string>("Child"))
            .StartAsync();
        var id = await host.BeginAsync("Parent");
        await host.UntilHistoryHasAsync(id, "SubOrchestrationInstanceCreated");
        var child = (await host.HistoryAsync(id)).Single(item => item.EventType == "SubOrchestrationInstanceCreated").InstanceId!;
        await host.RestartAsync();
        await host.Client.RaiseEventAsync(child, "go", "on");

        Assert.Equal($"{child} on", (await host.EndOfAsync(id)).ReadOutputAs<string>());
        Assert.Equal('5', Guid.ParseExact(child, "N").ToString("D")[14]);
    }

    [Fact]
    public async Task Calling_the_id_of_an_instance_that_runs_fails_and_leaves_that_instance_alone()
    {
        await using var host = await Host()
            .Orchestrator("Wait", Wait)
            .Orchestrator<string>("Parent", context => context.CallSubOrchestratorAsync<string>("Wait", options: At("taken")))
            .StartAsync();
        await host.BeginAsync("Wait", instanceId: "taken");

        var parent = await host.RunAsync("Parent");
        await host.Client.RaiseEventAsync("taken", "go", "mine");

        Assert.Contains("'taken' is already running", parent.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal("mine", (await host.EndOfAsync("taken")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task The_id_of_an_instance_that_has_ended_can_be_called_again()
    {
        await using var host = await Host()
            .Orchestrator("Child", context => Task.FromResult(context.GetInput<int>()))
            .Orchestrator("Parent", async context => new List<int>
            {
                await context.CallSubOrchestratorAsync<int>("Child", 1, At("child")),
                await context.CallSubOrchestratorAsync<int>("Child", 2, At("child")),
            })
            .StartAsync();

        Assert.Equal([1, 2], (await host.RunAsync("Parent")).ReadOutputAs<List<int>>()!);
    }

    [Fact]
    public async Task An_event_that_is_sent_in_the_step_that_calls_the_child_arrives_at_it()
    {
        await using var host = await Host()
            .Orchestrator("Child", context => context.WaitForExternalEvent<string>("go"))
            .Orchestrator("Parent", async context =>
            {
                var child = context.CallSubOrchestratorAsync<string>("Child", new TaskOptions().WithInstanceId("child"));
                context.SendEvent("child", "go", "on");
                return await child;
            })
            .StartAsync();

        Assert.Equal("on", (await host.RunAsync("Parent")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Children_run_at_the_same_time()
    {
        await using var host = await Host()
            .Orchestrator("Wait", Wait)
            .Orchestrator("Parent", context => Task.WhenAll(
                context.CallSubOrchestratorAsync<string>("Wait", options: At("left")), context.CallSubOrchestratorAsync<string>("Wait", options: At("right"))))
            .StartAsync();
        var id = await host.BeginAsync("Parent");
        await host.UntilStatusAsync("left", OrchestrationRuntimeStatus.Running);
        await host.UntilStatusAsync("right", OrchestrationRuntimeStatus.Running);
        await host.Client.RaiseEventAsync("right", "go", "r");
        await host.Client.RaiseEventAsync("left", "go", "l");

        Assert.Equal(["l", "r"], (await host.EndOfAsync(id)).ReadOutputAs<List<string>>()!);
    }

    [Fact]
    public async Task A_child_that_is_terminated_fails_the_call_of_its_parent()
    {
        await using var host = await Host()
            .Orchestrator("Wait", Wait)
            .Orchestrator<string>("Parent", context => context.CallSubOrchestratorAsync<string>("Wait", options: At("child")))
            .StartAsync();
        var id = await host.BeginAsync("Parent");
        await host.UntilStatusAsync("child", OrchestrationRuntimeStatus.Running);

        await host.Client.TerminateInstanceAsync("child");

        var end = await host.EndOfAsync(id);
        Assert.Equal(OrchestrationRuntimeStatus.Failed, end.RuntimeStatus);
        Assert.Contains("'child' was terminated", end.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_child_that_continues_as_new_gives_its_parent_the_result_of_its_last_execution()
    {
        await using var host = await Host()
            .Orchestrator("Child", context =>
            {
                var n = context.GetInput<int>();
                if (n < 5)
                    context.ContinueAsNew(n + 1);
                return Task.FromResult($"{context.Parent!.Name} {n}");
            })
            .Orchestrator("Parent", context => context.CallSubOrchestratorAsync<string>("Child", 0))
            .StartAsync();

        Assert.Equal("Parent 5", (await host.RunAsync("Parent")).ReadOutputAs<string>());
    }

    private static Task<string> Wait(TaskOrchestrationContext context) => context.WaitForExternalEvent<string>("go");

    private static SubOrchestrationOptions At(string instanceId) => new(instanceId: instanceId);

    private static IEnumerable<string> Causes(TaskFailureDetails? failure)
    {
        for (; failure is not null; failure = failure.InnerFailure)
            yield return failure.ErrorType;
    }
}
