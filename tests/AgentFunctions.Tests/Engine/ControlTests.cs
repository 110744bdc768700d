using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Tests.Engine;

/// <summary>What clients do to instances: suspend, resume, terminate, purge, restart, query, history.</summary>
public sealed class ControlTests
{
    [Fact]
    public async Task A_suspended_instance_keeps_its_events_and_goes_on_when_resumed()
    {
        await using var host = await new EngineHost().Orchestrator("Wait", Wait).StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Wait");
        await host.Client.SuspendInstanceAsync(id, "lunch");
        await host.Client.RaiseEventAsync(id, "go", "kept");
        await host.UntilHistoryHasAsync(id, "EventRaised");
        await host.RestartAsync();
        Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await host.Client.GetInstanceAsync(id))!.RuntimeStatus);

        await host.Client.ResumeInstanceAsync(id);

        Assert.Equal("kept", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Terminating_recursively_ends_the_children_too()
    {
        await using var host = await new EngineHost()
            .Orchestrator("Wait", Wait)
            .Orchestrator<string>("Parent", async context => await context.CallSubOrchestratorAsync<string>(
                "Wait", options: new SubOrchestrationOptions(instanceId: "child")))
            .StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Parent", null, new StartOrchestrationOptions("parent"));
        await host.UntilHistoryHasAsync("parent", "SubOrchestrationInstanceCreated");
        await host.Client.WaitForInstanceStartAsync("child").WaitAsync(EngineHost.Patience);

        await host.Client.TerminateInstanceAsync("parent", new TerminateInstanceOptions("enough", Recursive: true));

        var parent = await host.EndOfAsync("parent");
        Assert.Equal((OrchestrationRuntimeStatus.Terminated, "enough"), (parent.RuntimeStatus, parent.ReadOutputAs<string>()));
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await host.EndOfAsync("child")).RuntimeStatus);
    }

    [Fact]
    public async Task An_ended_or_unknown_instance_refuses_messages_and_says_why()
    {
        await using var host = await new EngineHost().Orchestrator("Done", _ => Task.FromResult(1)).StartAsync();
        await host.RunAsync("Done", instanceId: "done");

        var ended = await Assert.ThrowsAsync<InvalidOperationException>(() => host.Client.RaiseEventAsync("done", "go", "x"));
        Assert.Contains("it has ended (Completed)", ended.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.Client.TerminateInstanceAsync("done"));
        await Assert.ThrowsAsync<ArgumentException>(() => host.Client.SuspendInstanceAsync("nobody"));
        await Assert.ThrowsAsync<ArgumentException>(() => host.Client.WaitForInstanceCompletionAsync("nobody"));
    }

    [Theory]
    [InlineData("@counter@a")]
    [InlineData("a/b")]
    [InlineData("a\n")]
    [InlineData("")]
    public async Task An_instance_id_that_Azure_would_refuse_is_refused_here(string instanceId)
    {
        await using var host = await new EngineHost().Orchestrator("Done", _ => Task.FromResult(1)).StartAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => host.RunAsync("Done", instanceId: instanceId));
    }

    [Fact]
    public async Task Purging_removes_ended_instances_only()
    {
        await using var host = await new EngineHost().Orchestrator("Wait", Wait).Orchestrator("Done", _ => Task.FromResult(1)).StartAsync();
        await host.RunAsync("Done", instanceId: "done");
        await host.RunAsync("Done", instanceId: "done too");
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Wait", null, new StartOrchestrationOptions("open"));

        Assert.Equal(1, (await host.Client.PurgeInstanceAsync("done")).PurgedInstanceCount);
        Assert.Equal(0, (await host.Client.PurgeInstanceAsync("open")).PurgedInstanceCount);
        Assert.Equal(1, (await host.Client.PurgeAllInstancesAsync(new PurgeInstancesFilter())).PurgedInstanceCount);

        Assert.Null(await host.Client.GetInstanceAsync("done"));
        Assert.NotNull(await host.Client.GetInstanceAsync("open"));
    }

    [Fact]
    public async Task Restarting_runs_the_same_input_again_under_the_same_or_a_new_id()
    {
        await using var host = await new EngineHost()
            .Orchestrator("Echo", context => Task.FromResult(context.GetInput<string>()!))
            .StartAsync();
        await host.RunAsync("Echo", "hello", "one");

        Assert.Equal("one", await host.Client.RestartAsync("one"));
        var copy = await host.Client.RestartAsync("one", restartWithNewInstanceId: true);

        Assert.NotEqual("one", copy);
        Assert.Equal("hello", (await host.EndOfAsync(copy)).ReadOutputAs<string>());
        await Assert.ThrowsAsync<ArgumentException>(() => host.Client.RestartAsync("nobody"));
    }

    [Fact]
    public async Task A_query_filters_and_pages_with_a_continuation_token()
    {
        await using var host = await new EngineHost().Orchestrator("Wait", Wait).Orchestrator("Done", _ => Task.FromResult(1)).StartAsync();
        foreach (var n in Enumerable.Range(0, 5))
        {
            await host.RunAsync("Done", instanceId: $"done-{n}");
        }
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Wait", null, new StartOrchestrationOptions("done-not"));
        var query = new OrchestrationQuery(Statuses: [OrchestrationRuntimeStatus.Completed], InstanceIdPrefix: "done-", PageSize: 2);

        var pages = new List<Page<OrchestrationMetadata>>();
        await foreach (var page in host.Client.GetAllInstancesAsync(query).AsPages())
        {
            pages.Add(page);
        }
        var rest = host.Client.GetAllInstancesAsync(query with { ContinuationToken = pages[0].ContinuationToken });

        Assert.Equal([2, 2, 1], pages.Select(page => page.Values.Count));
        Assert.Equal(Enumerable.Range(0, 5).Select(n => $"done-{n}"), pages.SelectMany(page => page.Values).Select(item => item.InstanceId));
        var ids = new List<string>();
        await foreach (var item in rest)
        {
            ids.Add(item.InstanceId);
        }
        Assert.Equal(["done-2", "done-3", "done-4"], ids);
    }

    [Fact]
    public async Task History_shows_an_answered_call_once_with_its_function_and_schedule()
    {
        await using var host = await new EngineHost()
            .Activity<string>("Greet", name => $"hi {name}")
            .Orchestrator<string>("Hello", async context => await context.CallActivityAsync<string>("Greet", "you"))
            .StartAsync();
        await host.RunAsync("Hello", instanceId: "run");

        var history = (await host.History.GetHistoryAsync("run", includeOutputs: true, CancellationToken.None))!;
        var bare = (await host.History.GetHistoryAsync("run", includeOutputs: false, CancellationToken.None))!;

        Assert.Equal(["ExecutionStarted", "TaskCompleted", "ExecutionCompleted"], history.Select(item => item.EventType));
        Assert.Equal(("Greet", "\"you\"", "\"hi you\""), (history[1].FunctionName, history[1].Input, history[1].Result));
        Assert.NotNull(history[1].ScheduledTime);
        Assert.All(bare, item => Assert.Null(item.Result));
        Assert.Null(await host.History.GetHistoryAsync("nobody", true, CancellationToken.None));
    }

    [Fact]
    public async Task The_custom_status_is_what_the_code_set_last_and_outlives_continue_as_new()
    {
        await using var host = await new EngineHost()
            .Orchestrator("Report", async context =>
            {
                if (context.GetInput<int>() == 0)
                {
                    context.SetCustomStatus(new { step = 1 });
                    context.ContinueAsNew(1);
                    return "";
                }
                return await context.WaitForExternalEvent<string>("go");
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Report", 0);
        await EngineHost.UntilAsync(async () =>
            (await host.Client.GetInstanceAsync(id, true))!.SerializedInput == "1");

        Assert.Equal("""{"step":1}""", (await host.Client.GetInstanceAsync(id, true))!.SerializedCustomStatus);
    }

    private static async Task<string> Wait(TaskOrchestrationContext context) => await context.WaitForExternalEvent<string>("go");
}
