// The clock jumps: an administrator sets it, NTP corrects it, a machine wakes from sleep.
using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;

namespace AgentFunctions.Tests.Faults;

public sealed class ClockTests
{
    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task After_a_jump_forward_what_came_due_fires_within_a_minute_once_and_in_order()
    {
        var fired = new List<string>();
        await using var host = await TimersAsync(fired, 3, 1, 2);

        host.Time.Jump(4 * _hour);
        host.Time.Advance(TimeSpan.FromMinutes(1));

        await host.EndOfAsync("run");
        Assert.Equal(["1 h", "2 h", "3 h"], fired);
    }

    [Fact]
    public async Task After_a_jump_back_a_timer_fires_when_the_clock_shows_its_time_and_not_before()
    {
        var fired = new List<string>();
        await using var host = await TimersAsync(fired, 1);

        host.Time.Jump(-_hour / 2);
        host.Time.Advance(_hour); // the wait that was set is over, and the clock shows half an hour after the start
        Assert.Equal("asked", (await host.RunAsync("Ask")).ReadOutputAs<string>());
        Assert.Empty(fired);

        host.Time.Advance(_hour / 2);
        await host.EndOfAsync("run");
        Assert.Equal(["1 h"], fired);
    }

    [Fact]
    public async Task A_replay_after_a_jump_back_sees_the_times_that_the_code_saw_first()
    {
        await using var host = await new EngineHost()
            .Orchestrator("Watch", async context =>
            {
                var times = new List<DateTime> { context.CurrentUtcDateTime };
                for (var n = 0; n < 3; n++)
                {
                    await context.WaitForExternalEvent<string>("tick");
                    times.Add(context.CurrentUtcDateTime);
                }
                return times;
            })
            .StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Watch", null, new StartOrchestrationOptions("run"));
        await host.UntilHistoryHasAsync("run", "ExecutionStarted");
        for (var n = 1; n <= 2; n++)
        {
            host.Time.Jump(-_hour);
            await host.Client.RaiseEventAsync("run", "tick", "");
            await host.UntilHistoryHasAsync("run", "EventRaised", n);
        }
        await host.RestartAsync();
        await host.Client.RaiseEventAsync("run", "tick", "");

        var times = (await host.EndOfAsync("run")).ReadOutputAs<List<DateTime>>()!;
        var start = times[0];
        Assert.Equal([start, start - _hour, start - 2 * _hour, start - 2 * _hour], times);
    }

    /// <summary>An orchestration "run" that waits for timers of so many hours each.</summary>
    private static async Task<EngineHost> TimersAsync(List<string> fired, params int[] hours)
    {
        var host = await new EngineHost()
            .Orchestrator("Ask", _ => Task.FromResult("asked"))
            .Orchestrator("Sleep", async context =>
            {
                await Task.WhenAll(hours.Select(async length =>
                {
                    await context.CreateTimer(length * _hour, CancellationToken.None);
                    if (!context.IsReplaying)
                    {
                        fired.Add($"{length} h");
                    }
                }));
                return fired.Count;
            })
            .StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Sleep", null, new StartOrchestrationOptions("run"));
        await host.UntilHistoryHasAsync("run", "TimerCreated", hours.Length);
        return host;
    }
}
