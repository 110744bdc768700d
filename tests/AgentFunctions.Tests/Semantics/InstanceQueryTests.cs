using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// Finding, purging and restarting instances: OrchestrationQuery, PurgeInstancesFilter and DurableTaskClient of
/// Microsoft.DurableTask.Client, and DurableTask.AzureStorage's query condition (bounds are inclusive, no status named is any).
/// Only ended instances are purged here; Azure Storage purges a running one by its id.
/// </summary>
public class InstanceQueryTests : SemanticsTests
{
    /// <summary>One instance a minute: done-1, failed, waiting, done-2, terminated.</summary>
    private async Task<EngineHost> StartAsync()
    {
        var host = await Host()
            .Orchestrator("Echo", context => Task.FromResult(context.GetInput<string>()))
            .Orchestrator<string>("Fail", _ => throw new InvalidOperationException("failed"))
            .Orchestrator("Wait", async context => await context.WaitForExternalEvent<string>("go"))
            .Orchestrator("Parent", async context => await context.CallSubOrchestratorAsync<string>(
                context.GetInput<string>()!, options: new SubOrchestrationOptions(instanceId: context.InstanceId + "-child")))
            .StartAsync();
        foreach (var (name, id) in new[] { ("Echo", "done-1"), ("Fail", "failed"), ("Wait", "waiting"), ("Echo", "done-2"), ("Wait", "terminated") })
        {
            await host.Client.ScheduleNewOrchestrationInstanceAsync(name, "in", new StartOrchestrationOptions(id));
            if (id == "terminated")
            {
                await host.Client.TerminateInstanceAsync(id);
            }
            await (name == "Wait" && id != "terminated" ? host.Client.WaitForInstanceStartAsync(id) : host.EndOfAsync(id)).WaitAsync(EngineHost.Patience);
            host.Time.Advance(TimeSpan.FromMinutes(1));
        }
        return host;
    }

    private static async Task<string> IdsAsync(EngineHost host, OrchestrationQuery query)
    {
        var ids = new List<string>();
        await foreach (var instance in host.Client.GetAllInstancesAsync(query))
        {
            ids.Add(instance.InstanceId);
        }
        return string.Join(' ', ids);
    }

    private static async Task<DateTimeOffset> CreatedAsync(EngineHost host, string id) => (await host.Client.GetInstanceAsync(id))!.CreatedAt;

    [Fact]
    public async Task Without_a_filter_every_instance_is_given()
    {
        await using var host = await StartAsync();
        Assert.Equal("done-1 failed waiting done-2 terminated", await IdsAsync(host, new OrchestrationQuery()));
        Assert.Equal("done-1 failed waiting done-2 terminated", await IdsAsync(host, new OrchestrationQuery(Statuses: [])));
        Assert.Equal("done-1 failed waiting done-2 terminated", await IdsAsync(host, new OrchestrationQuery(TaskHubNames: ["another"])));
    }

    [Theory]
    [InlineData("failed", OrchestrationRuntimeStatus.Failed)]
    [InlineData("waiting", OrchestrationRuntimeStatus.Running)]
    [InlineData("done-1 done-2 terminated", OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Terminated)]
    [InlineData("", OrchestrationRuntimeStatus.Suspended)]
    public async Task Statuses_mean_any_of_them(string expected, params OrchestrationRuntimeStatus[] statuses)
    {
        await using var host = await StartAsync();
        Assert.Equal(expected, await IdsAsync(host, new OrchestrationQuery(Statuses: statuses)));
    }

    [Theory]
    [InlineData("done-", "done-1 done-2")]
    [InlineData("Done-", "")]
    [InlineData("%", "")]
    [InlineData("", "done-1 failed waiting done-2 terminated")]
    public async Task A_prefix_is_taken_literally_and_with_its_case(string prefix, string expected)
    {
        await using var host = await StartAsync();
        Assert.Equal(expected, await IdsAsync(host, new OrchestrationQuery(InstanceIdPrefix: prefix)));
    }

    [Fact]
    public async Task Creation_times_are_inclusive_on_both_sides_and_filters_add_up()
    {
        await using var host = await StartAsync();
        var (from, to) = (await CreatedAsync(host, "failed"), await CreatedAsync(host, "done-2"));

        Assert.Equal("failed waiting done-2", await IdsAsync(host, new OrchestrationQuery(CreatedFrom: from, CreatedTo: to)));
        Assert.Equal("waiting done-2", await IdsAsync(host, new OrchestrationQuery(CreatedFrom: from.AddTicks(1), CreatedTo: to.ToOffset(TimeSpan.FromHours(3)))));
        Assert.Equal("failed waiting", await IdsAsync(host, new OrchestrationQuery(CreatedFrom: from, CreatedTo: to.AddTicks(-1))));
        Assert.Equal(
            "done-2",
            await IdsAsync(host, new OrchestrationQuery(from, to, [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Running], InstanceIdPrefix: "done")));
    }

    [Fact]
    public async Task Pages_hold_what_was_asked_for_and_a_token_goes_on_where_its_page_ended_whatever_came_since()
    {
        await using var host = await StartAsync();
        var pages = new List<Page<OrchestrationMetadata>>();
        await foreach (var page in host.Client.GetAllInstancesAsync(new OrchestrationQuery(PageSize: 2)).AsPages())
        {
            pages.Add(page);
            if (pages.Count == 1)
            {
                await host.Client.PurgeInstanceAsync("done-1"); // what was given already moves nothing
                await host.RunAsync("Echo", "in", "done-3");
            }
        }

        Assert.Equal("done-1 failed|waiting done-2|terminated done-3|", string.Concat(
            pages.Select(page => string.Join(' ', page.Values.Select(instance => instance.InstanceId)) + "|")).Replace("||", "|", StringComparison.Ordinal));
        Assert.Null(pages[^1].ContinuationToken);
        Assert.Equal("terminated done-3", await IdsAsync(host, new OrchestrationQuery(ContinuationToken: pages[1].ContinuationToken)));
        await Assert.ThrowsAsync<ArgumentException>(() => IdsAsync(host, new OrchestrationQuery(ContinuationToken: "made up")));
    }

    [Fact]
    public async Task Inputs_and_outputs_come_only_when_asked_for()
    {
        await using var host = await StartAsync();
        await foreach (var bare in host.Client.GetAllInstancesAsync(new OrchestrationQuery(InstanceIdPrefix: "done")))
        {
            Assert.Null(bare.SerializedInput);
            Assert.Throws<InvalidOperationException>(bare.ReadInputAs<string>);
        }
        await foreach (var full in host.Client.GetAllInstancesAsync(new OrchestrationQuery(InstanceIdPrefix: "done", FetchInputsAndOutputs: true)))
        {
            Assert.Equal(("in", "in"), (full.ReadInputAs<string>(), full.ReadOutputAs<string>()));
        }
        Assert.Null((await host.Client.GetInstanceAsync("failed"))!.FailureDetails);
        Assert.Equal("failed", (await host.Client.GetInstanceAsync("failed", getInputsAndOutputs: true))!.FailureDetails!.ErrorMessage);
    }

    [Fact]
    public async Task A_purge_by_filter_removes_the_ended_instances_it_means_and_no_other()
    {
        await using var host = await StartAsync();
        var (from, to) = (await CreatedAsync(host, "failed"), await CreatedAsync(host, "done-2"));

        var byTime = await host.Client.PurgeInstancesAsync(from, to, [OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Running]);
        Assert.Equal((1, true), (byTime.PurgedInstanceCount, byTime.IsComplete));
        Assert.Equal("done-1 waiting done-2 terminated", await IdsAsync(host, new OrchestrationQuery()));

        var rest = await host.Client.PurgeAllInstancesAsync(new PurgeInstancesFilter(Statuses: []) { Timeout = TimeSpan.FromMinutes(1) });
        Assert.Equal((3, true), (rest.PurgedInstanceCount, rest.IsComplete));
        Assert.Equal("waiting", await IdsAsync(host, new OrchestrationQuery()));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() =>
            host.Client.PurgeAllInstancesAsync(new PurgeInstancesFilter { Timeout = TimeSpan.Zero }));
    }

    [Fact]
    public async Task A_purge_takes_the_children_along_only_when_it_is_recursive()
    {
        await using var host = await StartAsync();
        await host.RunAsync("Parent", "Echo", "p1");
        await host.RunAsync("Parent", "Echo", "p2");

        Assert.Equal(1, (await host.Client.PurgeInstanceAsync("p1")).PurgedInstanceCount);
        Assert.NotNull(await host.Client.GetInstanceAsync("p1-child"));
        Assert.Equal(2, (await host.Client.PurgeInstanceAsync("p2", new PurgeInstanceOptions(Recursive: true))).PurgedInstanceCount);
        Assert.Null(await host.Client.GetInstanceAsync("p2-child"));
        Assert.Equal(0, (await host.Client.PurgeInstanceAsync("nobody")).PurgedInstanceCount);
    }

    [Fact]
    public async Task A_purged_instance_has_no_history_and_its_id_is_free()
    {
        await using var host = await StartAsync();
        await host.Client.PurgeInstanceAsync("failed");

        Assert.Null(await host.History.GetHistoryAsync("failed", true, CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(() => host.Client.RaiseEventAsync("failed", "go"));
        Assert.Equal("new", (await host.RunAsync("Echo", "new", "failed")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_restart_runs_the_same_code_and_input_again_and_forgets_what_was()
    {
        await using var host = await StartAsync();
        Assert.Equal("failed", await host.Client.RestartAsync("failed"));
        var again = await host.EndOfAsync("failed");
        Assert.Equal((OrchestrationRuntimeStatus.Failed, "in"), (again.RuntimeStatus, again.ReadInputAs<string>()));
        Assert.Equal(host.Time.GetUtcNow(), again.CreatedAt);

        var copy = await host.Client.RestartAsync("done-1", restartWithNewInstanceId: true);
        Assert.Equal("in", (await host.EndOfAsync(copy)).ReadOutputAs<string>());
        Assert.NotNull(await host.Client.GetInstanceAsync("done-1"));
    }

    [Fact]
    public async Task A_running_instance_restarts_under_a_new_id_only()
    {
        await using var host = await StartAsync();
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => host.Client.RestartAsync("waiting"));
        Assert.Contains("has not ended", refused.Message, StringComparison.Ordinal);
        var copy = await host.Client.RestartAsync("waiting", restartWithNewInstanceId: true);
        await host.Client.RaiseEventAsync(copy, "go", "copy");

        Assert.Equal("copy", (await host.EndOfAsync(copy)).ReadOutputAs<string>());
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await host.Client.GetInstanceAsync("waiting"))!.RuntimeStatus);
    }
}
