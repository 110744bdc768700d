using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// The order of history. From TaskOrchestrationDispatcher of Azure/durabletask: what arrived, in order of arrival, then what the code
/// decided, in order of its calls; and from the history of the durable HTTP API, where an answered call stands once, as its answer.
/// </summary>
public class HistoryOrderTests : SemanticsTests
{
    private readonly HeldActivity _held = new();

    [Fact]
    public async Task The_calls_of_a_step_stand_in_the_order_in_which_the_code_made_them()
    {
        await using var host = await Host()
            .AsyncActivity<string>("Held", _held.RunAsync)
            .Orchestrator("Child", context => context.WaitForExternalEvent<string>("go"))
            .Orchestrator("Calls", async context =>
            {
                _ = context.CallActivityAsync("Held", "a");
                _ = context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
                context.SendEvent("somebody", "news", 1);
                _ = context.CallSubOrchestratorAsync("Child");
                _ = context.CallActivityAsync("Held", "b");
                return await context.WaitForExternalEvent<string>("never");
            })
            .StartAsync();
        var id = await host.BeginAsync("Calls");
        await _held.BegunAsync("b");

        var history = await host.HistoryAsync(id);

        Assert.Equal(
            ["ExecutionStarted", "TaskScheduled", "TimerCreated", "EventSent", "SubOrchestrationInstanceCreated", "TaskScheduled"],
            history.Select(item => item.EventType));
        Assert.Equal([0, 1, 2, 3, 4], history.Skip(1).Select(item => item.EventId!.Value));
    }

    [Fact]
    public async Task Answers_stand_in_the_order_of_their_arrival_and_take_the_place_of_their_calls()
    {
        await using var host = await Host()
            .AsyncActivity<string>("Held", _held.RunAsync)
            .Orchestrator("Work", async context =>
            {
                var both = Task.WhenAll(context.CallActivityAsync("Held", "a"), context.CallActivityAsync("Held", "b"));
                await context.WaitForExternalEvent<string>("news");
                await both;
                return "done";
            })
            .StartAsync();
        var id = await host.BeginAsync("Work");
        _held.Return("b", 2);
        await host.UntilHistoryHasAsync(id, "TaskCompleted");
        host.Time.Advance(TimeSpan.FromMinutes(1));
        await host.Client.RaiseEventAsync(id, "news", "!");
        await host.UntilHistoryHasAsync(id, "EventRaised");
        host.Time.Advance(TimeSpan.FromMinutes(1));
        _held.Return("a", 1);
        await host.EndOfAsync(id);

        var history = await host.HistoryAsync(id);

        Assert.Equal(
            ["ExecutionStarted ", "TaskCompleted 2", "EventRaised ", "TaskCompleted 1", "ExecutionCompleted \"done\""],
            history.Select(item => $"{item.EventType} {item.Result}"));
        Assert.Equal([0, 0, 1, 2, 2], history.Select(item => (item.Timestamp - history[0].Timestamp).TotalMinutes));
        Assert.Equal(history[0].Timestamp, history[3].ScheduledTime);
    }

    [Fact]
    public async Task A_restart_changes_nothing_of_what_history_says()
    {
        await using var host = await Host()
            .Activity<int>("Echo", n => n)
            .Orchestrator("Work", async context =>
            {
                for (var n = 0; n < 3; n++)
                    await context.CallActivityAsync<int>("Echo", n);
                await context.WaitForExternalEvent<string>("go");
                return await context.CallActivityAsync<int>("Echo", 3);
            })
            .StartAsync();
        var id = await host.BeginAsync("Work");
        await host.UntilHistoryHasAsync(id, "TaskCompleted", 3);
        var before = await host.HistoryAsync(id);
        await host.RestartAsync();
        await host.Client.RaiseEventAsync(id, "go", "!");
        await host.EndOfAsync(id);

        var after = await host.HistoryAsync(id);
        Assert.Equal(before, after.Take(before.Count));
        Assert.Equal(["EventRaised", "TaskCompleted", "ExecutionCompleted"], after.Skip(before.Count).Select(item => item.EventType));
    }
}
