using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// What is still open when the code returns. From the documentation of timers ("the framework will not change an orchestration's
/// status to completed until all outstanding tasks are completed or cancelled") and from TaskOrchestrationExecutor of
/// Azure/durabletask, for which activities, sub-orchestrations and timers are tasks, and waits for events and entity calls are not.
/// </summary>
public class CompletionTests : SemanticsTests
{
    private readonly HeldActivity _held = new();

    [Fact]
    public async Task An_orchestration_ends_after_the_activities_that_nobody_awaited()
    {
        await using var host = await Host()
            .AsyncActivity<string>("Held", _held.RunAsync)
            .Orchestrator("Leave", context =>
            {
                _ = context.CallActivityAsync("Held", "a");
                _ = context.CallActivityAsync("Held", "b");
                return Task.FromResult("returned");
            })
            .StartAsync();
        var id = await host.BeginAsync("Leave");
        _held.Return("a");
        await host.UntilHistoryHasAsync(id, "TaskCompleted");
        Assert.Equal(OrchestrationRuntimeStatus.Running, await host.StatusAsync(id));

        await host.CrashAsync();
        _held.Return("b");

        Assert.Equal("returned", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_orchestration_ends_after_the_timer_that_nobody_awaited_or_cancelled()
    {
        await using var host = await Host()
            .Orchestrator("Leave", context =>
            {
                _ = context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
                return Task.FromResult("returned");
            })
            .StartAsync();
        var id = await host.BeginAsync("Leave");
        await host.UntilHistoryHasAsync(id, "TimerCreated");
        Assert.Equal(OrchestrationRuntimeStatus.Running, await host.StatusAsync(id));

        host.Time.Advance(TimeSpan.FromHours(1));

        Assert.Equal("returned", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_cancelled_timer_keeps_no_orchestration_from_ending()
    {
        await using var host = await Host()
            .Orchestrator("Leave", context =>
            {
                using var stop = new CancellationTokenSource();
                _ = context.CreateTimer(TimeSpan.FromHours(1), stop.Token);
                stop.Cancel();
                return Task.FromResult("returned");
            })
            .StartAsync();

        Assert.Equal("returned", (await host.RunAsync("Leave")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_orchestration_ends_after_the_sub_orchestration_that_nobody_awaited()
    {
        await using var host = await Host()
            .Orchestrator("Child", context => context.WaitForExternalEvent<string>("go"))
            .Orchestrator("Leave", context =>
            {
                _ = context.CallSubOrchestratorAsync("Child", options: new SubOrchestrationOptions(instanceId: "child"));
                return Task.FromResult("returned");
            })
            .StartAsync();
        var id = await host.BeginAsync("Leave");
        await host.UntilStatusAsync("child", OrchestrationRuntimeStatus.Running);
        Assert.Equal(OrchestrationRuntimeStatus.Running, await host.StatusAsync(id));

        await host.Client.RaiseEventAsync("child", "go", "!");

        Assert.Equal("returned", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task The_failure_of_an_activity_that_nobody_awaited_is_nobodys()
    {
        await using var host = await Host()
            .Activity<string>("Fail", new Func<string, object?>(_ => throw new IOException("unseen")))
            .Orchestrator("Leave", context =>
            {
                _ = context.CallActivityAsync("Fail", "x");
                return Task.FromResult("returned");
            })
            .StartAsync();

        var end = await host.RunAsync("Leave");

        Assert.Equal((OrchestrationRuntimeStatus.Completed, "returned"), (end.RuntimeStatus, end.ReadOutputAs<string>()));
    }

    [Fact]
    public async Task The_retries_of_a_call_that_nobody_awaited_go_on_after_the_code_has_returned()
    {
        var attempts = 0;
        await using var host = await Host()
            .Activity<string>("Flaky", new Func<string, object?>(_ => ++attempts < 2 ? throw new IOException("again") : "done"))
            .Orchestrator("Leave", context =>
            {
                _ = context.CallActivityAsync("Flaky", "x", new TaskOptions(new RetryPolicy(3, TimeSpan.FromMinutes(1))));
                return Task.FromResult("returned");
            })
            .StartAsync();
        var id = await host.BeginAsync("Leave");
        await host.PassTimerAsync(id, earlier: 0);

        Assert.Equal("returned", (await host.EndOfAsync(id)).ReadOutputAs<string>());
        Assert.Equal(2, attempts);
    }

    [Fact]
    public async Task An_orchestration_that_threw_fails_after_its_open_activities()
    {
        await using var host = await Host()
            .AsyncActivity<string>("Held", _held.RunAsync)
            .Activity<string>("Nothing", _ => null)
            .Orchestrator<string>("Throw", async context =>
            {
                _ = context.CallActivityAsync("Held", "a");
                await context.CallActivityAsync("Nothing");
                throw new FormatException("thrown");
            })
            .StartAsync();
        var id = await host.BeginAsync("Throw");
        await host.UntilHistoryHasAsync(id, "TaskCompleted");
        Assert.Equal(OrchestrationRuntimeStatus.Running, await host.StatusAsync(id));

        _held.Return("a");

        Assert.Equal("thrown", (await host.EndOfAsync(id)).FailureDetails!.ErrorMessage);
    }

    [Fact]
    public async Task Open_waits_for_events_and_open_entity_calls_keep_no_orchestration_from_ending()
    {
        var never = new TaskCompletionSource<object?>();
        await using var host = await Host()
            .Entity("slow", _ => new ValueTask<object?>(never.Task))
            .Orchestrator("Leave", context =>
            {
                _ = context.WaitForExternalEvent<string>("never");
                _ = context.Entities.CallEntityAsync(new EntityInstanceId("slow", "1"), "work");
                return Task.FromResult("returned");
            })
            .StartAsync();

        Assert.Equal("returned", (await host.RunAsync("Leave")).ReadOutputAs<string>());
        never.SetResult(null);
    }

    [Fact]
    public async Task What_the_code_sent_before_it_returned_is_delivered()
    {
        await using var host = await Host()
            .Orchestrator("Receive", context => context.WaitForExternalEvent<string>("news"))
            .Orchestrator("Send", context =>
            {
                context.SendEvent("receiver", "news", "sent");
                return Task.FromResult(1);
            })
            .StartAsync();
        await host.BeginAsync("Receive", instanceId: "receiver");
        await host.RunAsync("Send");

        Assert.Equal("sent", (await host.EndOfAsync("receiver")).ReadOutputAs<string>());
    }
}
