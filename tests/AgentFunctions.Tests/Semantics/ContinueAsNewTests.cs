using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// Eternal orchestrations. From the documentation of Durable Functions, "Eternal orchestrations", and ContinueAsNew of
/// TaskOrchestrationContextWrapper (microsoft/durabletask-dotnet) and of TaskOrchestrationContext (Azure/durabletask).
/// </summary>
public class ContinueAsNewTests : SemanticsTests
{
    private readonly HeldActivity _held = new();

    [Fact]
    public async Task Events_are_kept_in_their_order_over_many_executions()
    {
        await using var host = await Host()
            .Orchestrator("Collect", async context =>
            {
                var seen = context.GetInput<List<int>>()!;
                if (seen.Count == 0)
                    await context.WaitForExternalEvent<string>("go");
                seen.Add(await context.WaitForExternalEvent<int>("number"));
                if (seen.Count < 30)
                    context.ContinueAsNew(seen);
                return seen;
            })
            .StartAsync();
        var id = await host.BeginAsync("Collect", new List<int>());
        foreach (var number in Enumerable.Range(0, 30))
            await host.Client.RaiseEventAsync(id, "number", number);
        await host.UntilHistoryHasAsync(id, "EventRaised", 30);
        await host.Client.RaiseEventAsync(id, "go", "!");

        Assert.Equal(Enumerable.Range(0, 30), (await host.EndOfAsync(id)).ReadOutputAs<List<int>>()!);
    }

    [Fact]
    public async Task The_next_execution_begins_with_nothing_but_its_input_and_a_history_of_its_own()
    {
        await using var host = await Host()
            .Activity<int>("Next", n => n + 1)
            .Orchestrator("Count", async context =>
            {
                var n = await context.CallActivityAsync<int>("Next", context.GetInput<int>());
                if (n < 50)
                    context.ContinueAsNew(n);
                return $"{n} {context.IsReplaying}";
            })
            .StartAsync();

        var end = await host.RunAsync("Count", 0);

        Assert.Equal("50 False", end.ReadOutputAs<string>());
        Assert.Equal(49, end.ReadInputAs<int>());
        Assert.Equal(["ExecutionStarted", "TaskCompleted", "ExecutionCompleted"], await host.EventTypesAsync(end.InstanceId));
    }

    [Fact]
    public async Task The_next_execution_waits_for_the_open_activities_and_timers_of_this_one()
    {
        await using var host = await Host()
            .AsyncActivity<string>("Held", _held.RunAsync)
            .Orchestrator("Again", context =>
            {
                if (context.GetInput<string>() != "first")
                    return Task.FromResult("second");
                _ = context.CallActivityAsync("Held", "a");
                _ = context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
                context.ContinueAsNew("next");
                return Task.FromResult("first");
            })
            .StartAsync();
        var id = await host.BeginAsync("Again", "first");
        await host.PassTimerAsync(id, earlier: 0);
        await host.UntilHistoryHasAsync(id, "TimerFired");
        Assert.Equal(OrchestrationRuntimeStatus.Running, await host.StatusAsync(id));

        _held.Return("a");

        Assert.Equal("second", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Events_that_are_not_to_be_kept_are_dropped_but_none_that_comes_later()
    {
        await using var host = await Host()
            .AsyncActivity<string>("Held", _held.RunAsync)
            .Orchestrator("Again", async context =>
            {
                if (context.GetInput<string>() != "first")
                    return await context.WaitForExternalEvent<string>("news");
                await context.WaitForExternalEvent<string>("go");
                _ = context.CallActivityAsync("Held", "a");
                context.ContinueAsNew("next", preserveUnprocessedEvents: false);
                return "first";
            })
            .StartAsync();
        var id = await host.BeginAsync("Again", "first");
        await host.Client.RaiseEventAsync(id, "news", "early");
        await host.Client.RaiseEventAsync(id, "go", "!");
        await _held.BegunAsync("a");
        await host.Client.RaiseEventAsync(id, "news", "late");
        await host.UntilHistoryHasAsync(id, "EventRaised", 3);
        _held.Return("a");

        Assert.Equal("late", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_exception_after_the_call_fails_the_orchestration()
    {
        await using var host = await Host()
            .Orchestrator<int>("Throw", context =>
            {
                context.ContinueAsNew(1);
                throw new FormatException("after all");
            })
            .StartAsync();

        var end = await host.RunAsync("Throw", 0);

        Assert.Equal((OrchestrationRuntimeStatus.Failed, "after all"), (end.RuntimeStatus, end.FailureDetails!.ErrorMessage));
    }

    [Fact]
    public async Task The_last_of_several_calls_counts_and_the_return_value_does_not()
    {
        await using var host = await Host()
            .Orchestrator("Twice", context =>
            {
                if (context.GetInput<string>() is not "first")
                    return Task.FromResult($"got {context.GetInput<string>() ?? "nothing"}");
                context.ContinueAsNew("once");
                context.ContinueAsNew();
                return Task.FromResult("ignored");
            })
            .StartAsync();

        Assert.Equal("got nothing", (await host.RunAsync("Twice", "first")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Tags_and_time_of_creation_stay()
    {
        await using var host = await Host()
            .Orchestrator("Again", async context =>
            {
                await context.CreateTimer(TimeSpan.FromMinutes(1), CancellationToken.None);
                if (context.GetInput<int>() == 0)
                    context.ContinueAsNew(1);
                return 0;
            })
            .StartAsync();
        var (created, tags) = (host.Time.GetUtcNow(), new Dictionary<string, string> { ["team"] = "blue" });
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Again", 0, new StartOrchestrationOptions { Tags = tags });
        await host.PassTimerAsync(id, earlier: 0);
        await EngineHost.UntilAsync(async () => (await host.Client.GetInstanceAsync(id, true))!.SerializedInput == "1");
        await host.PassTimerAsync(id, earlier: 0);

        var end = await host.EndOfAsync(id);
        Assert.Equal((created, "blue"), (end.CreatedAt, end.Tags["team"]));
    }
}
