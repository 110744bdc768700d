using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Tests.Engine;

/// <summary>Orchestrations stay in memory between episodes; that must show in nothing but speed.</summary>
public sealed class ResidencyTests
{
    [Fact]
    public async Task An_orchestration_goes_on_in_memory_without_running_its_code_again()
    {
        var begun = 0;
        await using var host = await Counting(() => begun++).StartAsync();

        await host.Client.ScheduleNewOrchestrationInstanceAsync("Counted", null, new StartOrchestrationOptions("run"));
        await host.UntilHistoryHasAsync("run", "TaskCompleted", 2);

        Assert.Equal(1, begun);
    }

    [Fact]
    public async Task Without_extended_sessions_every_episode_replays_the_code()
    {
        var begun = 0;
        await using var host = await Counting(() => begun++).ReplayingEachTime().StartAsync();

        await host.Client.ScheduleNewOrchestrationInstanceAsync("Counted", null, new StartOrchestrationOptions("run"));
        await host.UntilHistoryHasAsync("run", "TaskCompleted", 2);

        Assert.Equal(3, begun);
    }

    [Fact]
    public async Task A_run_goes_on_in_memory_after_a_restart_replayed_it()
    {
        var begun = 0;
        await using var host = await Counting(() => begun++).StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Counted", null, new StartOrchestrationOptions("run"));
        await host.UntilHistoryHasAsync("run", "TaskCompleted", 2);

        await host.RestartAsync();
        await host.Client.RaiseEventAsync("run", "go", "!");
        await host.UntilHistoryHasAsync("run", "TaskCompleted", 3);
        Assert.Equal(2, begun);
        await host.Client.RaiseEventAsync("run", "end", "!");

        Assert.Equal("onetwothree", (await host.EndOfAsync("run")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Code_that_cannot_be_replayed_is_reported_once_its_run_has_ended()
    {
        var calls = 0;
        await using var host = await new EngineHost()
            .Activity<string>("Charge", _ => null)
            .Activity<string>("Refund", _ => null)
            .Orchestrator("Moody", async context =>
            {
                await context.CallActivityAsync(calls++ % 2 == 0 ? "Charge" : "Refund");
                return "done";
            })
            .StartAsync();

        Assert.Equal("done", (await host.RunAsync("Moody")).ReadOutputAs<string>());
        await host.StopAsync(); // the check belongs to the last episode: it ends before the engine does

        var warning = Assert.Single(host.Warnings);
        Assert.StartsWith("4006 ", warning, StringComparison.Ordinal);
        Assert.Contains("call number 0 the code made activity 'Refund', but history has activity 'Charge'", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Code_that_can_be_replayed_is_not_reported()
    {
        await using var host = await Counting(() => { }).StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Counted", null, new StartOrchestrationOptions("run"));
        await host.Client.RaiseEventAsync("run", "go", "!");
        await host.Client.RaiseEventAsync("run", "end", "!");
        await host.EndOfAsync("run");
        await host.StopAsync();

        Assert.Empty(host.Warnings);
    }

    [Fact]
    public async Task More_orchestrations_than_stay_in_memory_all_go_on()
    {
        const int Runs = 1_200; // 1,000 stay
        var begun = 0;
        await using var host = await Counting(() => Interlocked.Increment(ref begun)).StartAsync();
        for (var n = 0; n < Runs; n++)
            await host.Client.ScheduleNewOrchestrationInstanceAsync("Counted", null, new StartOrchestrationOptions($"run-{n}"));
        await host.UntilHistoryHasAsync($"run-{Runs - 1}", "TaskCompleted", 2);

        foreach (var name in new[] { "go", "end" })
            for (var n = 0; n < Runs; n++)
                await host.Client.RaiseEventAsync($"run-{n}", name, "!");
        for (var n = 0; n < Runs; n++)
            Assert.Equal("onetwothree", (await host.EndOfAsync($"run-{n}")).ReadOutputAs<string>());
        Assert.True(begun > Runs, "No orchestration left the memory, so this test tested nothing.");
    }

    private static EngineHost Counting(Action begin) => new EngineHost()
        .Activity<string>("Echo", text => text)
        .Orchestrator("Counted", async context =>
        {
            begin();
            var text = await context.CallActivityAsync<string>("Echo", "one") + await context.CallActivityAsync<string>("Echo", "two");
            await context.WaitForExternalEvent<string>("go");
            text += await context.CallActivityAsync<string>("Echo", "three");
            await context.WaitForExternalEvent<string>("end");
            return text;
        });
}
