// Functions that never end: others go on, the log names who keeps a worker, and a stop leaves them behind.
using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;

namespace AgentFunctions.Tests.Faults;

public sealed class StuckFunctionTests
{
    private const int KeepsAWorker = 4007;

    [Fact]
    public async Task Beside_an_activity_that_never_returns_others_go_on_and_a_stop_leaves_it_behind_for_the_next_start()
    {
        var runs = 0;
        var running = new TaskCompletionSource();
        await using var host = await new EngineHost { Settings = { [BackPressureTests.MaxActivities] = "2" } }
            .AsyncActivity<string?>("Deaf", _ =>
            {
                if (++runs > 1)
                {
                    return Task.FromResult<object?>("second time");
                }
                running.SetResult();
                return new TaskCompletionSource<object?>().Task;
            })
            .Activity<string?>("Quick", _ => "quick")
            .Orchestrator("Stuck", context => context.CallActivityAsync<string>("Deaf"))
            .Orchestrator("Other", context => context.CallActivityAsync<string>("Quick"))
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Stuck");
        await running.Task.WaitAsync(EngineHost.Patience);

        for (var n = 0; n < 5; n++)
        {
            Assert.Equal("quick", (await host.RunAsync("Other")).ReadOutputAs<string>());
        }
        await host.StopAsync(new CancellationToken(canceled: true)).WaitAsync(EngineHost.Patience);
        await host.StartAsync();
        Assert.Equal("second time", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_activity_that_ended_while_another_held_the_stop_up_is_not_run_again()
    {
        var runs = 0;
        var release = new TaskCompletionSource<object?>();
        var (quickRuns, deafRuns) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = await new EngineHost()
            .AsyncActivity<string?>("Quick", _ =>
            {
                runs++;
                quickRuns.SetResult();
                return release.Task;
            })
            .AsyncActivity<string?>("Deaf", _ =>
            {
                deafRuns.TrySetResult();
                return new TaskCompletionSource<object?>().Task;
            })
            .Orchestrator("Quick", context => context.CallActivityAsync<string>("Quick"))
            .Orchestrator("Stuck", context => context.CallActivityAsync<string>("Deaf"))
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Quick");
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Stuck");
        await Task.WhenAll(quickRuns.Task, deafRuns.Task).WaitAsync(EngineHost.Patience);

        using var grace = new CancellationTokenSource();
        var stop = host.StopAsync(grace.Token);
        await Task.Run(() => release.SetResult("done")); // what follows the activity runs on this thread
        await grace.CancelAsync();
        await stop.WaitAsync(EngineHost.Patience);
        await host.StartAsync();

        Assert.Equal("done", (await host.EndOfAsync(id)).ReadOutputAs<string>());
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task Beside_an_orchestrator_that_loops_others_go_on_and_a_warning_names_it_and_the_host_stops()
    {
        using var looping = new ManualResetEventSlim();
        var ended = false;
        await using var host = await new EngineHost { Settings = { [BackPressureTests.MaxOrchestrators] = "2" } }
            .Orchestrator("Loop", _ =>
            {
                looping.Set();
                while (!Volatile.Read(ref ended))
                {
                    // until the test is over
                }
                return Task.FromResult("over");
            })
            .Orchestrator("Other", _ => Task.FromResult("other"))
            .StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Loop", null, new StartOrchestrationOptions("loops-for-ever"));
        await Task.Run(() => looping.Wait(EngineHost.Patience));

        for (var n = 0; n < 5; n++)
        {
            Assert.Equal("other", (await host.RunAsync("Other")).ReadOutputAs<string>());
        }
        host.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.DoesNotContain(host.Log.All, line => line.Id == KeepsAWorker);
        host.Time.Advance(TimeSpan.FromSeconds(5)); // a look may come too early by a little: the next one sees it
        host.Time.Advance(TimeSpan.FromSeconds(10));
        await EngineHost.UntilAsync(() => Task.FromResult(
            host.Log.All.Any(line => line.Id == KeepsAWorker && line.Text.Contains("loops-for-ever", StringComparison.Ordinal))));

        await host.StopAsync(new CancellationToken(canceled: true)).WaitAsync(EngineHost.Patience);
        Volatile.Write(ref ended, true);
    }
}
