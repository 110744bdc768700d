using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Tests.Engine;

public sealed class OrchestrationTests
{
    [Fact]
    public async Task An_orchestrator_calls_activities_and_returns_their_result()
    {
        await using var host = await new EngineHost()
            .Activity<int>("Double", n => n * 2)
            .Orchestrator("Sum", async context =>
            {
                var numbers = context.GetInput<int[]>()!;
                var doubled = await Task.WhenAll(numbers.Select(n => context.CallActivityAsync<int>("Double", n)));
                return doubled.Sum();
            })
            .StartAsync();

        var end = await host.RunAsync("Sum", new[] { 1, 2, 3 });

        Assert.Equal(OrchestrationRuntimeStatus.Completed, end.RuntimeStatus);
        Assert.Equal(12, end.ReadOutputAs<int>());
        Assert.Equal([1, 2, 3], end.ReadInputAs<int[]>()!);
    }

    [Fact]
    public async Task A_failed_activity_surfaces_with_its_details_and_can_be_caught()
    {
        await using var host = await new EngineHost()
            .Activity<string>("Fail", new Func<string, object?>(_ => throw new FormatException("bad", new IOException("disk"))))
            .Orchestrator("Catch", async context =>
            {
                try
                {
                    await context.CallActivityAsync("Fail", "x");
                    return "no failure";
                }
                catch (TaskFailedException e)
                {
                    return $"{e.TaskName}/{e.FailureDetails.ErrorType}/{e.FailureDetails.InnerFailure!.ErrorMessage}/{e.FailureDetails.IsCausedBy<FormatException>()}";
                }
            })
            .Orchestrator<string>("Uncaught", async context => await context.CallActivityAsync<string>("Fail", "x"))
            .StartAsync();

        Assert.Equal("Fail/System.FormatException/disk/True", (await host.RunAsync("Catch")).ReadOutputAs<string>());
        var uncaught = await host.RunAsync("Uncaught");
        Assert.Equal(OrchestrationRuntimeStatus.Failed, uncaught.RuntimeStatus);
        Assert.Equal("System.FormatException", uncaught.FailureDetails!.InnerFailure!.ErrorType);
    }

    [Fact]
    public async Task An_unknown_name_fails_the_instance_and_lists_the_registered_ones()
    {
        await using var host = await new EngineHost()
            .Activity<string>("Known", _ => null)
            .Orchestrator<string?>("Typo", async context => await context.CallActivityAsync<string>(
                "Knwon", new TaskOptions(new RetryPolicy(5, TimeSpan.FromHours(1)))))
            .StartAsync();

        var activity = await host.RunAsync("Typo");
        var orchestrator = await host.RunAsync("Tpyo");

        Assert.Contains("'Knwon'. Registered: Known", activity.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains("'Tpyo'. Registered: Typo", orchestrator.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retries_wait_with_backoff_on_durable_timers_and_stop_at_the_last_attempt()
    {
        var attempts = 0;
        await using var host = await new EngineHost()
            .Activity<string>("Flaky", new Func<string, object?>(_ => ++attempts < 3 ? throw new IOException("again") : "done"))
            .Orchestrator("Retry", async context =>
            {
                var start = context.CurrentUtcDateTime;
                var result = await context.CallActivityAsync<string>(
                    "Flaky", options: new TaskOptions(new RetryPolicy(3, TimeSpan.FromSeconds(10), backoffCoefficient: 2)));
                return $"{result} after {(context.CurrentUtcDateTime - start).TotalSeconds}";
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Retry");

        await host.UntilHistoryHasAsync(id, "TimerCreated", 1);
        host.Time.Advance(TimeSpan.FromSeconds(10));
        await host.UntilHistoryHasAsync(id, "TimerCreated", 2);
        host.Time.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal("done after 30", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_retry_handler_decides_per_failure()
    {
        var seen = new List<int>();
        await using var host = await new EngineHost()
            .Activity<string>("Fail", new Func<string, object?>(_ => throw new IOException("always")))
            .Orchestrator<string>("Handled", async context => await context.CallActivityAsync<string>("Fail", options: TaskOptions.FromRetryHandler(retry =>
            {
                if (!context.IsReplaying)
                {
                    seen.Add(retry.LastAttemptNumber);
                }
                return retry.LastFailure.IsCausedBy<IOException>() && retry.LastAttemptNumber < 3;
            })))
            .StartAsync();

        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await host.RunAsync("Handled")).RuntimeStatus);
        Assert.Equal([1, 2, 3], seen);
    }

    [Fact]
    public async Task A_timer_fires_when_its_time_comes_and_not_before()
    {
        await using var host = await new EngineHost()
            .Orchestrator("Sleep", async context =>
            {
                var start = context.CurrentUtcDateTime;
                await context.CreateTimer(TimeSpan.FromDays(100), CancellationToken.None);
                return (context.CurrentUtcDateTime - start).TotalDays;
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Sleep");
        await host.UntilHistoryHasAsync(id, "TimerCreated");

        host.Time.Advance(TimeSpan.FromDays(99));
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await host.Client.GetInstanceAsync(id))!.RuntimeStatus);
        await host.RestartAsync();
        host.Time.Advance(TimeSpan.FromDays(1));

        Assert.Equal(100, (await host.EndOfAsync(id)).ReadOutputAs<double>());
    }

    [Fact]
    public async Task Events_are_buffered_by_case_insensitive_name_and_taken_in_order()
    {
        await using var host = await new EngineHost()
            .Orchestrator("Collect", async context =>
            {
                await context.WaitForExternalEvent<string>("go");
                return new List<int> { await context.WaitForExternalEvent<int>("number"), await context.WaitForExternalEvent<int>("Number") };
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Collect");
        await host.Client.RaiseEventAsync(id, "NUMBER", 1);
        await host.Client.RaiseEventAsync(id, "number", 2);
        await host.Client.RaiseEventAsync(id, "go", "!");

        Assert.Equal([1, 2], (await host.EndOfAsync(id)).ReadOutputAs<List<int>>()!);
    }

    [Fact]
    public async Task A_wait_that_times_out_throws_and_takes_no_later_event()
    {
        await using var host = await new EngineHost()
            .Orchestrator("Impatient", async context =>
            {
                try
                {
                    await context.WaitForExternalEvent<string>("answer", TimeSpan.FromMinutes(1));
                    return "answered";
                }
                catch (TaskCanceledException)
                {
                    return "late: " + await context.WaitForExternalEvent<string>("answer");
                }
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Impatient");
        await host.UntilHistoryHasAsync(id, "TimerCreated");
        host.Time.Advance(TimeSpan.FromMinutes(1));
        await host.UntilHistoryHasAsync(id, "TimerFired");
        await host.Client.RaiseEventAsync(id, "answer", "yes");

        Assert.Equal("late: yes", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_wait_that_is_answered_cancels_its_timer()
    {
        await using var host = await new EngineHost()
            .Orchestrator("Patient", async context =>
            {
                var answer = await context.WaitForExternalEvent<string>("answer", TimeSpan.FromMinutes(1));
                await context.CreateTimer(TimeSpan.FromMinutes(5), CancellationToken.None);
                return answer;
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Patient");
        await host.UntilHistoryHasAsync(id, "TimerCreated");
        await host.Client.RaiseEventAsync(id, "answer", "yes");
        await host.UntilHistoryHasAsync(id, "TimerCreated", 2);
        host.Time.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal("yes", (await host.EndOfAsync(id)).ReadOutputAs<string>());
        var history = await host.History.GetHistoryAsync(id, true, CancellationToken.None);
        Assert.Single(history!, item => item.EventType == "TimerFired");
    }

    [Fact]
    public async Task A_sub_orchestration_gives_its_result_or_failure_to_its_parent()
    {
        await using var host = await new EngineHost()
            .Orchestrator("Child", context => context.GetInput<int>() < 0
                ? throw new ArgumentException("negative")
                : Task.FromResult($"{context.Parent!.Name}:{context.GetInput<int>()}"))
            .Orchestrator("Parent", async context =>
            {
                var good = await context.CallSubOrchestratorAsync<string>("Child", 1, new SubOrchestrationOptions(instanceId: $"{context.InstanceId}-child"));
                try
                {
                    await context.CallSubOrchestratorAsync<string>("Child", -1);
                    return "no failure";
                }
                catch (TaskFailedException e)
                {
                    return $"{good} then {e.FailureDetails.ErrorMessage}";
                }
            })
            .StartAsync();

        Assert.Equal("Parent:1 then negative", (await host.RunAsync("Parent", instanceId: "p")).ReadOutputAs<string>());
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await host.Client.GetInstanceAsync("p-child"))!.RuntimeStatus);
    }

    [Fact]
    public async Task Continue_as_new_starts_over_with_an_empty_history_and_keeps_unprocessed_events()
    {
        await using var host = await new EngineHost()
            .Orchestrator("Count", async context =>
            {
                var count = context.GetInput<int>();
                await context.WaitForExternalEvent<int>("tick");
                if (count < 3)
                {
                    context.ContinueAsNew(count + 1);
                }
                return count;
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Count", 0);
        for (var tick = 0; tick < 4; tick++)
        {
            await host.Client.RaiseEventAsync(id, "tick", tick);
        }

        Assert.Equal(3, (await host.EndOfAsync(id)).ReadOutputAs<int>());
        var history = await host.History.GetHistoryAsync(id, true, CancellationToken.None);
        Assert.Single(history!, item => item.EventType == "ExecutionStarted");
        Assert.Equal("3", history!.Single(item => item.EventType == "EventRaised").Input);
    }

    [Fact]
    public async Task No_more_activities_run_at_the_same_time_than_host_json_allows()
    {
        var (running, most) = (0, 0);
        await using var host = await new EngineHost { Settings = { ["AzureFunctionsJobHost:extensions:durableTask:maxConcurrentActivityFunctions"] = "2" } }
            .AsyncActivity<int>("Count", async _ =>
            {
                most = Math.Max(most, Interlocked.Increment(ref running));
                await Task.Yield();
                Interlocked.Decrement(ref running);
                return null;
            })
            .Orchestrator("Many", async context =>
            {
                await Task.WhenAll(Enumerable.Range(0, 40).Select(n => context.CallActivityAsync("Count", n)));
                return true;
            })
            .StartAsync();

        Assert.Null((await host.RunAsync("Many")).FailureDetails);
        Assert.InRange(most, 1, 2);
    }

    [Theory]
    [InlineData(true, "early, late")]
    [InlineData(false, "late, latest")]
    public async Task Events_that_nobody_took_go_to_the_next_execution_first_if_they_are_to_be_kept(bool keep, string taken)
    {
        await using var host = await new EngineHost()
            .Orchestrator("Again", async context =>
            {
                if (context.GetInput<int>() == 0)
                {
                    await context.WaitForExternalEvent<string>("go");
                    context.ContinueAsNew(1, preserveUnprocessedEvents: keep);
                    return "";
                }
                return $"{await context.WaitForExternalEvent<string>("news")}, {await context.WaitForExternalEvent<string>("news")}";
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Again", 0);
        await host.Client.RaiseEventAsync(id, "news", "early");
        await host.UntilHistoryHasAsync(id, "EventRaised");
        await host.Client.RaiseEventAsync(id, "go", "!");
        await EngineHost.UntilAsync(async () => (await host.Client.GetInstanceAsync(id, true))!.SerializedInput == "1");
        await host.Client.RaiseEventAsync(id, "news", "late");
        if (!keep)
        {
            await host.Client.RaiseEventAsync(id, "news", "latest");
        }

        Assert.Equal(taken, (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_active_id_is_refused_and_an_ended_one_is_replaced_unless_its_status_is_deduplicated()
    {
        await using var host = await new EngineHost()
            .Orchestrator("Wait", async context => await context.WaitForExternalEvent<int>("go"))
            .StartAsync();
        var options = new StartOrchestrationOptions("one");
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Wait", null, options);

        await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(() => host.Client.ScheduleNewOrchestrationInstanceAsync("Wait", null, options));
        await host.Client.RaiseEventAsync("one", "go", 1);
        await host.EndOfAsync("one");
        await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(() => host.Client.ScheduleNewOrchestrationInstanceAsync(
            "Wait", null, options.WithDedupeStatuses(OrchestrationRuntimeStatus.Completed)));
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Wait", null, options);
        await host.Client.RaiseEventAsync("one", "go", 2);

        Assert.Equal(2, (await host.EndOfAsync("one")).ReadOutputAs<int>());
    }

    [Fact]
    public async Task A_delayed_start_waits_as_pending()
    {
        await using var host = await new EngineHost().Orchestrator("Later", _ => Task.FromResult("ran")).StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync(
            "Later", null, new StartOrchestrationOptions(StartAt: host.Time.GetUtcNow().AddHours(1)));
        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await host.Client.GetInstanceAsync(id))!.RuntimeStatus);

        host.Time.Advance(TimeSpan.FromHours(1));

        Assert.Equal("ran", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }
}
