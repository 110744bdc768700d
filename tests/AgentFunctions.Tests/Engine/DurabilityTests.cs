using System.Diagnostics;
using AgentFunctions.Embedded.DurableTask;
using AgentFunctions.Embedded.Sqlite;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Tests.Engine;

/// <summary>What survives stops and crashes. A crash is a copy of the files at one moment, on which a new engine starts.</summary>
public sealed class DurabilityTests
{
    [Fact]
    public async Task After_a_crash_a_finished_activity_is_not_run_again_and_the_interrupted_one_is()
    {
        var runs = new List<string>();
        await using var host = new EngineHost();
        var inSecond = new TaskCompletionSource();
        var never = new TaskCompletionSource<object?>();
        host.Functions = Steps(runs, () =>
        {
            inSecond.SetResult();
            return never.Task;
        });
        await host.StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Steps", null, new StartOrchestrationOptions("run"));
        await inSecond.Task.WaitAsync(EngineHost.Patience);

        host.CrashHere();
        await host.RestartFromCrashAsync(Steps(runs, () => Task.FromResult<object?>("b")));

        Assert.Equal("ab", (await host.EndOfAsync("run")).ReadOutputAs<string>());
        Assert.Equal(["first", "second", "second"], runs);
    }

    [Fact]
    public async Task A_result_is_durable_with_what_the_orchestrator_decided_from_it_so_a_crash_between_delivers_the_activity_again()
    {
        var runs = new List<string>();
        await using var host = new EngineHost();
        host.Functions = Steps(runs, () => Task.FromResult<object?>("b"), afterFirst: context =>
        {
            if (!context.IsReplaying)
            {
                host.CrashHere(); // the first activity has ended, what the code decides from its result is not stored
            }
        });
        await host.StartAsync();
        await host.RunAsync("Steps", instanceId: "run");

        await host.RestartFromCrashAsync(Steps(runs, () => Task.FromResult<object?>("c")));

        Assert.Equal("ac", (await host.EndOfAsync("run")).ReadOutputAs<string>());
        Assert.Equal(["first", "second", "first", "second"], runs);
    }

    [Fact]
    public async Task An_orchestration_that_was_accepted_runs_after_a_crash()
    {
        await using var host = await new EngineHost()
            .Orchestrator("Wait", async context => await context.WaitForExternalEvent<string>("go"))
            .StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Wait", null, new StartOrchestrationOptions("run"));
        await host.Client.RaiseEventAsync("run", "go", "kept");
        host.CrashHere();

        await host.RestartFromCrashAsync(host.Functions);

        Assert.Equal("kept", (await host.EndOfAsync("run")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_timer_that_came_due_while_nothing_ran_fires_at_start()
    {
        await using var host = await new EngineHost()
            .Orchestrator("Sleep", async context =>
            {
                await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
                return "woke";
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Sleep");
        await host.UntilHistoryHasAsync(id, "TimerCreated");
        await host.StopAsync();
        host.Time.Advance(TimeSpan.FromHours(2));
        await host.StartAsync();

        Assert.Equal("woke", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_stop_lets_a_running_activity_end_and_keeps_its_result()
    {
        var runs = 0;
        var running = new TaskCompletionSource();
        var release = new TaskCompletionSource<object?>();
        await using var host = await new EngineHost()
            .AsyncActivity<string>("Slow", _ =>
            {
                runs++;
                running.SetResult();
                return release.Task;
            })
            .Orchestrator<string>("One", async context => await context.CallActivityAsync<string>("Slow"))
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("One");
        await running.Task.WaitAsync(EngineHost.Patience);

        var stop = host.StopAsync();
        Assert.False(stop.IsCompleted);
        release.SetResult("done");
        await stop.WaitAsync(EngineHost.Patience);
        await host.StartAsync();

        Assert.Equal("done", (await host.EndOfAsync(id)).ReadOutputAs<string>());
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task An_activity_that_outlasts_the_drain_time_is_cancelled_and_delivered_again()
    {
        var runs = 0;
        var running = new TaskCompletionSource();
        await using var host = new EngineHost();
        host.Functions.AddActivity("Slow", async invocation =>
        {
            if (++runs > 1)
            {
                return "second time";
            }
            running.SetResult();
            await Cancellation.HangAsync(invocation.CancellationToken);
            return null;
        });
        host.Orchestrator<string>("One", async context => await context.CallActivityAsync<string>("Slow"));
        await host.StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("One");
        await running.Task.WaitAsync(EngineHost.Patience);

        var stop = host.StopAsync();
        host.Time.Advance(TimeSpan.FromSeconds(10));
        await stop.WaitAsync(EngineHost.Patience);
        await host.StartAsync();

        Assert.Equal("second time", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Many_orchestrations_at_once_lose_and_repeat_nothing()
    {
        const int Runs = 50;
        const int Calls = 10;
        var delivered = 0;
        var total = new EntityInstanceId("total", "all");
        await using var host = await new EngineHost()
            .Activity<int>("Square", n => { Interlocked.Increment(ref delivered); return n * n; })
            .Entity("total", operation =>
            {
                operation.State.SetState(operation.State.GetState<int>() + operation.GetInput<int>());
                return ValueTask.FromResult<object?>(null);
            })
            .Orchestrator("Fan", async context =>
            {
                var squares = await Task.WhenAll(Enumerable.Range(0, Calls).Select(n => context.CallActivityAsync<int>("Square", n)));
                await context.Entities.CallEntityAsync(total, "add", squares.Sum());
                return squares.Sum();
            })
            .StartAsync();

        var ends = await Task.WhenAll(Enumerable.Range(0, Runs).Select(n => host.RunAsync("Fan", instanceId: $"run-{n}")));

        Assert.All(ends, end => Assert.Equal(285, end.ReadOutputAs<int>()));
        Assert.Equal(Runs * Calls, delivered);
        Assert.Equal(Runs * 285, (await host.Client.Entities.GetEntityAsync<int>(total))!.State);
    }

    [Fact]
    public async Task Failure_details_survive_a_restart()
    {
        await using var host = await new EngineHost()
            .Orchestrator("Fails", new Func<TaskOrchestrationContext, Task<string>>(_ => throw new FormatException("bad", new IOException("disk"))))
            .StartAsync();
        await host.RunAsync("Fails", instanceId: "run");
        await host.RestartAsync();

        var failure = (await host.Client.GetInstanceAsync("run", getInputsAndOutputs: true))!.FailureDetails!;
        Assert.Equal(("System.FormatException", "bad", "System.IO.IOException"), (failure.ErrorType, failure.ErrorMessage, failure.InnerFailure!.ErrorType));
    }

    [Fact]
    public async Task An_activity_gets_the_traceparent_of_the_client_and_no_ambient_trace()
    {
        await using var host = new EngineHost();
        host.Functions.AddActivity("Trace", invocation => Task.FromResult<object?>($"{invocation.TraceParent}, ambient: {Activity.Current?.Id}"));
        host.Orchestrator<string>("Child", async context => await context.CallActivityAsync<string>("Trace"));
        host.Orchestrator<string>("Traced", async context => await context.CallSubOrchestratorAsync<string>("Child"));
        using var caller = new Activity("caller").SetIdFormat(ActivityIdFormat.W3C).Start();
        await host.StartAsync();

        Assert.Equal($"{caller.Id}, ambient: ", (await host.RunAsync("Traced")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Events_of_a_newer_format_are_refused_with_what_to_do()
    {
        await using var host = await new EngineHost()
            .Orchestrator("Wait", async context => await context.WaitForExternalEvent<string>("go"))
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Wait");
        await host.UntilHistoryHasAsync(id, "ExecutionStarted");
        await host.StopAsync();
        await using (var database = SqliteDatabase.Open(host.StatePath))
        {
            await database.WriteAsync(connection => { connection.Execute("UPDATE history SET format = 99"); });
        }
        await host.StartAsync();

        var refusal = await Assert.ThrowsAsync<NotSupportedException>(() => host.History.GetHistoryAsync(id, true, CancellationToken.None));
        Assert.Contains("Run the version that wrote it", refusal.Message, StringComparison.Ordinal);
    }

    private static DurableFunctionRegistry Steps(List<string> runs, Func<Task<object?>> second, Action<TaskOrchestrationContext>? afterFirst = null)
    {
        var functions = new DurableFunctionRegistry();
        functions.AddActivity("First", _ =>
        {
            runs.Add("first");
            return Task.FromResult<object?>("a");
        });
        functions.AddActivity("Second", _ =>
        {
            runs.Add("second");
            return second();
        });
        functions.AddOrchestrator("Steps", async context =>
        {
            var first = await context.CallActivityAsync<string>("First");
            afterFirst?.Invoke(context);
            return first + await context.CallActivityAsync<string>("Second");
        });
        return functions;
    }
}
