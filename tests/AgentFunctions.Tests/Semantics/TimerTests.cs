using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// Durable timers. From the documentation of Durable Functions, "Timers", and CreateTimer of TaskOrchestrationContextWrapper in
/// microsoft/durabletask-dotnet. That one splits timers of more than three days into several; here history has one.
/// </summary>
public class TimerTests : SemanticsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(-60)]
    public async Task A_timer_of_no_time_or_of_a_time_that_has_passed_fires_at_once(int seconds)
    {
        await using var host = await Host()
            .Orchestrator("Sleep", async context =>
            {
                await context.CreateTimer(context.CurrentUtcDateTime.AddSeconds(seconds), CancellationToken.None);
                return "fired";
            })
            .StartAsync();

        Assert.Equal("fired", (await host.RunAsync("Sleep")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_timer_may_take_years_and_survives_restarts()
    {
        await using var host = await Host()
            .Orchestrator("Sleep", async context =>
            {
                var start = context.CurrentUtcDateTime;
                await context.CreateTimer(TimeSpan.FromDays(4000), CancellationToken.None);
                return (context.CurrentUtcDateTime - start).TotalDays;
            })
            .StartAsync();
        var id = await host.BeginAsync("Sleep");
        await host.UntilHistoryHasAsync(id, "TimerCreated");
        host.Time.Advance(TimeSpan.FromDays(3999));
        await host.RestartAsync();
        Assert.Equal(OrchestrationRuntimeStatus.Running, await host.StatusAsync(id));

        host.Time.Advance(TimeSpan.FromDays(1));

        Assert.Equal(4000, (await host.EndOfAsync(id)).ReadOutputAs<double>());
        Assert.Equal(["ExecutionStarted", "TimerCreated", "TimerFired", "ExecutionCompleted"], await host.EventTypesAsync(id));
    }

    [Fact]
    public async Task Timers_fire_in_the_order_of_their_times_whatever_the_order_of_their_making()
    {
        await using var host = await Host()
            .Orchestrator("Race", async context =>
            {
                var open = new[] { 3, 1, 2 }.ToDictionary(minutes => context.CreateTimer(TimeSpan.FromMinutes(minutes), CancellationToken.None));
                var fired = new List<int>();
                while (open.Count > 0)
                {
                    open.Remove(await Task.WhenAny(open.Keys), out var minutes);
                    fired.Add(minutes);
                }
                return fired;
            })
            .StartAsync();
        var id = await host.BeginAsync("Race");
        await host.UntilHistoryHasAsync(id, "TimerCreated", 3);

        host.Time.Advance(TimeSpan.FromHours(1)); // all at once, as after a long standstill

        Assert.Equal([1, 2, 3], (await host.EndOfAsync(id)).ReadOutputAs<List<int>>()!);
    }

    [Fact]
    public async Task A_cancelled_timer_throws_TaskCanceledException_and_never_fires()
    {
        await using var host = await Host()
            .Orchestrator("Cancel", async context =>
            {
                using var stop = new CancellationTokenSource();
                var timer = context.CreateTimer(TimeSpan.FromMinutes(1), stop.Token);
                await context.WaitForExternalEvent<string>("stop");
                stop.Cancel();
                var cancelled = await CaughtAsync(timer);
                await context.CreateTimer(TimeSpan.FromMinutes(5), CancellationToken.None);
                return cancelled;
            })
            .StartAsync();
        var id = await host.BeginAsync("Cancel");
        await host.UntilHistoryHasAsync(id, "TimerCreated");
        await host.Client.RaiseEventAsync(id, "stop", "!");
        await host.UntilHistoryHasAsync(id, "TimerCreated", 2);
        host.Time.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal(nameof(TaskCanceledException), (await host.EndOfAsync(id)).ReadOutputAs<string>());
        Assert.Single(await host.EventTypesAsync(id), "TimerFired");
    }

    [Fact]
    public async Task A_timer_whose_token_was_cancelled_before_is_cancelled_at_once()
    {
        await using var host = await Host()
            .Orchestrator("Cancel", context => CaughtAsync(context.CreateTimer(TimeSpan.FromMinutes(1), new CancellationToken(canceled: true))))
            .StartAsync();

        Assert.Equal(nameof(TaskCanceledException), (await host.RunAsync("Cancel")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Cancelling_a_timer_that_has_fired_changes_nothing()
    {
        await using var host = await Host()
            .Orchestrator("Late", async context =>
            {
                using var stop = new CancellationTokenSource();
                var timer = context.CreateTimer(TimeSpan.FromMinutes(1), stop.Token);
                await timer;
                stop.Cancel();
                return await CaughtAsync(timer);
            })
            .StartAsync();
        var id = await host.BeginAsync("Late");
        await host.PassTimerAsync(id, earlier: 0);

        Assert.Equal("none", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_timer_and_an_activity_race_and_the_one_that_ends_first_wins()
    {
        var held = new HeldActivity();
        await using var host = await Host()
            .AsyncActivity<string>("Held", held.RunAsync)
            .Orchestrator("Deadline", async context =>
            {
                using var stop = new CancellationTokenSource();
                var work = context.CallActivityAsync<string>("Held", "work");
                var deadline = context.CreateTimer(TimeSpan.FromMinutes(1), stop.Token);
                var first = await Task.WhenAny(work, deadline) == work ? "in time" : "late";
                stop.Cancel();
                context.SetCustomStatus(first);
                return $"{first}: {await work}";
            })
            .StartAsync();
        var late = await host.BeginAsync("Deadline");
        await host.PassTimerAsync(late, earlier: 0);
        await host.UntilHistoryHasAsync(late, "TimerFired");
        held.Return("work", "done");

        Assert.Equal("late: done", (await host.EndOfAsync(late)).ReadOutputAs<string>());
        Assert.Equal("in time: done", (await host.RunAsync("Deadline")).ReadOutputAs<string>());
    }

    private static async Task<string> CaughtAsync(Task timer)
    {
        try
        {
            await timer;
            return "none";
        }
        catch (OperationCanceledException e)
        {
            return e.GetType().Name;
        }
    }
}
