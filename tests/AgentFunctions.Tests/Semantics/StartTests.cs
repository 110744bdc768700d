using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// Starting an orchestration and waiting for it: the documentation of DurableTaskClient and StartOrchestrationOptions, and
/// GrpcDurableTaskClient. An instance that has not ended is never replaced here, and waiting for an unknown one is an error.
/// </summary>
public class StartTests : SemanticsTests
{
    private async Task<EngineHost> StartAsync() =>
        await Host()
            .Orchestrator("Echo", context => Task.FromResult(context.GetInput<string>()))
            .Orchestrator<string>("Fail", _ => throw new InvalidOperationException("failed"))
            .Orchestrator("Wait", async context => await context.WaitForExternalEvent<string>("go"))
            .StartAsync();

    private static Task<string> ScheduleAsync(EngineHost host, string name, string id, params OrchestrationRuntimeStatus[] dedupe)
    {
        var options = new StartOrchestrationOptions(id);
        return host.Client.ScheduleNewOrchestrationInstanceAsync(
            name, "again", dedupe.Length == 0 ? options : options.WithDedupeStatuses(dedupe));
    }

    [Fact]
    public async Task Without_an_id_each_start_gets_one_of_its_own()
    {
        await using var host = await StartAsync();
        var ids = new[] { await host.Client.ScheduleNewOrchestrationInstanceAsync("Echo"), await host.Client.ScheduleNewOrchestrationInstanceAsync("Echo") };
        Assert.Equal(2, ids.Distinct().Count());
        Assert.All(ids, id => Assert.True(Guid.TryParseExact(id, "N", out _)));
    }

    [Fact]
    public async Task An_id_whose_instance_runs_waits_or_is_suspended_is_refused()
    {
        await using var host = await StartAsync();
        await ScheduleAsync(host, "Wait", "running");
        await host.Client.WaitForInstanceStartAsync("running").WaitAsync(EngineHost.Patience);
        await ScheduleAsync(host, "Wait", "suspended");
        await host.Client.SuspendInstanceAsync("suspended");
        await EngineHost.UntilAsync(async () => (await host.Client.GetInstanceAsync("suspended"))!.RuntimeStatus == OrchestrationRuntimeStatus.Suspended);
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Wait", null, new StartOrchestrationOptions("pending", host.Time.GetUtcNow().AddDays(1)));

        foreach (var id in new[] { "running", "suspended", "pending" })
        {
            var taken = await Assert.ThrowsAsync<global::DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException>(() => ScheduleAsync(host, "Echo", id));
            Assert.Contains($"'{id}' already exists", taken.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_id_whose_instance_has_ended_is_taken_over_with_nothing_left_of_the_old_one()
    {
        await using var host = await StartAsync();
        await ScheduleAsync(host, "Fail", "id");
        await host.EndOfAsync("id");
        host.Time.Advance(TimeSpan.FromHours(1));

        await ScheduleAsync(host, "Echo", "id");

        var end = await host.EndOfAsync("id");
        Assert.Equal((OrchestrationRuntimeStatus.Completed, "Echo", "again"), (end.RuntimeStatus, end.Name, end.ReadOutputAs<string>()));
        Assert.Null(end.FailureDetails);
        Assert.Equal(host.Time.GetUtcNow(), end.CreatedAt);
    }

    [Theory]
    [InlineData("Fail", OrchestrationRuntimeStatus.Failed)]
    [InlineData("Echo", OrchestrationRuntimeStatus.Completed)]
    [InlineData("Wait", OrchestrationRuntimeStatus.Terminated)]
    public async Task An_ended_instance_whose_status_is_named_is_kept_and_one_of_another_status_is_not(string name, OrchestrationRuntimeStatus status)
    {
        await using var host = await StartAsync();
        await ScheduleAsync(host, name, "id");
        if (status == OrchestrationRuntimeStatus.Terminated)
        {
            await host.Client.TerminateInstanceAsync("id");
        }
        await host.EndOfAsync("id");
        var others = StartOrchestrationOptionsExtensions.ValidDedupeStatuses.Where(other => other != status).ToArray();

        await Assert.ThrowsAsync<global::DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException>(() => ScheduleAsync(host, "Echo", "id", status));
        Assert.Equal("id", await ScheduleAsync(host, "Echo", "id", others));
    }

    [Fact]
    public async Task A_status_that_does_not_exist_is_refused()
    {
        await using var host = await StartAsync();
        var options = new StartOrchestrationOptions("id") { DedupeStatuses = ["Finished"] };
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => host.Client.ScheduleNewOrchestrationInstanceAsync("Echo", null, options));
        Assert.Contains("'Finished'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_many_starts_with_one_id_at_once_exactly_one_succeeds()
    {
        await using var host = await StartAsync();
        var starts = Enumerable.Range(0, 20).Select(_ => ScheduleAsync(host, "Wait", "one")).ToList();
        var won = 0;
        foreach (var start in starts)
        {
            try
            {
                await start;
                won++;
            }
            catch (global::DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException)
            {
            }
        }
        Assert.Equal(1, won);
    }

    [Fact]
    public async Task A_start_in_the_future_is_pending_over_a_restart_and_begins_at_its_time()
    {
        await using var host = await StartAsync();
        var startAt = host.Time.GetUtcNow().AddDays(2).ToOffset(TimeSpan.FromHours(-5));
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Echo", "late", new StartOrchestrationOptions("late", startAt));
        await host.RestartAsync();
        host.Time.Advance(TimeSpan.FromDays(2) - TimeSpan.FromTicks(1));
        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await host.Client.GetInstanceAsync(id))!.RuntimeStatus);

        host.Time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal("late", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_start_in_the_past_begins_at_once_and_a_delayed_one_can_be_terminated()
    {
        await using var host = await StartAsync();
        var past = await host.Client.ScheduleNewOrchestrationInstanceAsync("Echo", "x", new StartOrchestrationOptions(null, DateTimeOffset.UnixEpoch));
        await host.EndOfAsync(past);
        var future = await host.Client.ScheduleNewOrchestrationInstanceAsync("Echo", "x", new StartOrchestrationOptions(null, DateTimeOffset.MaxValue));
        await host.Client.TerminateInstanceAsync(future, (object?)"not needed");

        var end = await host.EndOfAsync(future);
        Assert.Equal((OrchestrationRuntimeStatus.Terminated, "not needed"), (end.RuntimeStatus, end.ReadOutputAs<string>()));
    }

    [Fact]
    public async Task Tags_stay_with_the_instance_and_its_restart()
    {
        await using var host = await StartAsync();
        var tags = new Dictionary<string, string> { ["team"] = "é \"quoted\"", ["empty"] = "" };
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Echo", "x", new StartOrchestrationOptions("id") { Tags = tags });
        await host.EndOfAsync("id");
        await host.Client.RestartAsync("id");
        Assert.Equal(tags, (await host.EndOfAsync("id")).Tags);
    }

    [Fact]
    public async Task An_instance_that_is_restarted_the_moment_it_ends_begins_again()
    {
        await using var host = await StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Echo", "x", new StartOrchestrationOptions("id"));
        for (var restarts = 0; restarts < 300; restarts++)
        {
            Assert.Equal("x", (await host.EndOfAsync("id")).ReadOutputAs<string>());
            await host.Client.RestartAsync("id");
        }
        await host.EndOfAsync("id");
    }

    [Fact]
    public async Task Waiting_for_the_start_ends_when_the_code_began_and_waiting_for_the_end_when_it_ended()
    {
        await using var host = await StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Wait", null, new StartOrchestrationOptions("id", host.Time.GetUtcNow().AddHours(1)));
        var started = host.Client.WaitForInstanceStartAsync("id");
        var ended = host.Client.WaitForInstanceCompletionAsync("id");
        Assert.False(started.IsCompleted);

        host.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await started.WaitAsync(EngineHost.Patience)).RuntimeStatus);
        Assert.False(ended.IsCompleted);

        await host.Client.RaiseEventAsync("id", "go", "!");
        var end = await ended.WaitAsync(EngineHost.Patience);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, end.RuntimeStatus);
        Assert.Null(end.SerializedOutput); // it was not asked for
        Assert.Throws<InvalidOperationException>(end.ReadOutputAs<string>);
    }

    [Fact]
    public async Task A_wait_that_is_cancelled_stops_and_changes_nothing()
    {
        await using var host = await StartAsync();
        await ScheduleAsync(host, "Wait", "id");
        using var cancellation = new CancellationTokenSource();
        var waits = new[]
        {
            host.Client.WaitForInstanceCompletionAsync("id", cancellation.Token),
            host.Client.WaitForInstanceCompletionAsync("id", getInputsAndOutputs: true, cancellation.Token),
        };
        await cancellation.CancelAsync();
        foreach (var wait in waits)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.WaitAsync(EngineHost.Patience));
        }
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.Client.ScheduleNewOrchestrationInstanceAsync("Echo", (object?)"x", cancellation.Token));

        await host.Client.RaiseEventAsync("id", "go", "on");
        Assert.Equal("on", (await host.EndOfAsync("id")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_unknown_instance_is_nothing_to_read_and_an_error_to_wait_for()
    {
        await using var host = await StartAsync();
        Assert.Null(await host.Client.GetInstanceAsync("nobody", getInputsAndOutputs: true));
        await Assert.ThrowsAsync<ArgumentException>(() => host.Client.WaitForInstanceStartAsync("nobody"));
        await Assert.ThrowsAsync<ArgumentException>(() => host.Client.WaitForInstanceCompletionAsync("nobody"));
    }

    [Fact]
    public async Task An_entity_is_no_orchestration_for_any_call_of_the_client()
    {
        await using var host = await StartAsync();
        var entity = new EntityInstanceId("Counter", "a").ToString();
        Func<Task>[] calls =
        [
            () => host.Client.GetInstanceAsync(entity), () => host.Client.RaiseEventAsync(entity, "go"), () => host.Client.TerminateInstanceAsync(entity),
            () => host.Client.SuspendInstanceAsync(entity), () => host.Client.ResumeInstanceAsync(entity), () => host.Client.RestartAsync(entity),
            () => host.Client.WaitForInstanceStartAsync(entity), () => host.Client.WaitForInstanceCompletionAsync(entity),
        ];
        foreach (var call in calls)
        {
            Assert.Contains("entity id", (await Assert.ThrowsAsync<ArgumentException>(call)).Message, StringComparison.Ordinal);
        }
        Assert.Throws<ArgumentException>(() => { host.Client.GetAllInstancesAsync(new OrchestrationQuery(InstanceIdPrefix: "@counter")); });
    }
}
