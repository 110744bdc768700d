using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// Suspending and resuming. From the documentation of Durable Functions, "Manage orchestration instances", and from
/// HandleExecutionSuspendedEvent, HandleEventWhileSuspended and HandleExecutionResumedEvent of Azure/durabletask.
/// </summary>
public class SuspensionTests : SemanticsTests
{
    private readonly HeldActivity _held = new();

    [Fact]
    public async Task What_arrives_meanwhile_waits_and_is_taken_in_its_order_after_the_resume()
    {
        await using var host = await Host()
            .AsyncActivity<string>("Held", _held.RunAsync)
            .Orchestrator("Race", async context =>
            {
                var open = new Dictionary<Task, string>
                {
                    [context.CallActivityAsync("Held", "a")] = "activity",
                    [context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None)] = "timer",
                    [context.WaitForExternalEvent<string>("news")] = "event",
                };
                var order = new List<string>();
                while (open.Count > 0)
                {
                    open.Remove(await Task.WhenAny(open.Keys), out var what);
                    order.Add(what!);
                }
                return order;
            })
            .StartAsync();
        var id = await host.BeginAsync("Race");
        await _held.BegunAsync("a");
        await SuspendAsync(host, id);
        await host.Client.RaiseEventAsync(id, "news", "!");
        await host.UntilHistoryHasAsync(id, "EventRaised");
        host.Time.Advance(TimeSpan.FromHours(1));
        await host.UntilHistoryHasAsync(id, "TimerFired");
        _held.Return("a");
        await host.UntilHistoryHasAsync(id, "TaskCompleted");
        await host.RestartAsync();
        Assert.Equal(OrchestrationRuntimeStatus.Suspended, await host.StatusAsync(id));

        await host.Client.ResumeInstanceAsync(id);

        Assert.Equal(["event", "timer", "activity"], (await host.EndOfAsync(id)).ReadOutputAs<List<string>>()!);
    }

    [Fact]
    public async Task An_instance_that_is_suspended_before_it_begins_begins_with_the_resume()
    {
        await using var host = await Host().Orchestrator("Later", context => Task.FromResult(context.CurrentUtcDateTime)).StartAsync();
        var start = host.Time.GetUtcNow();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Later", null, new StartOrchestrationOptions(StartAt: start.AddHours(1)));
        await SuspendAsync(host, id);
        host.Time.Advance(TimeSpan.FromHours(2));
        await host.UntilHistoryHasAsync(id, "ExecutionStarted");
        Assert.Equal(OrchestrationRuntimeStatus.Suspended, await host.StatusAsync(id));

        await host.Client.ResumeInstanceAsync(id);

        Assert.Equal(start.AddHours(2).UtcDateTime, (await host.EndOfAsync(id)).ReadOutputAs<DateTime>());
    }

    [Fact]
    public async Task What_the_code_called_in_the_step_in_which_it_was_suspended_is_started_by_the_resume()
    {
        using var go = new ManualResetEventSlim();
        var engine = Host();
        engine.Settings["AzureFunctionsJobHost:extensions:durableTask:maxConcurrentOrchestratorFunctions"] = "1";
        await using var host = await engine
            .AsyncActivity<string>("Held", _held.RunAsync)
            .Orchestrator("Occupy", _ => Task.FromResult(go.Wait(EngineHost.Patience)))
            .Orchestrator("Work", context => context.CallActivityAsync<string>("Held", "a"))
            .StartAsync();
        var occupied = await host.BeginAsync("Occupy"); // so that start and suspension arrive together
        var id = await host.BeginAsync("Work");
        await host.Client.SuspendInstanceAsync(id);
        go.Set();
        await host.EndOfAsync(occupied);
        await host.UntilStatusAsync(id, OrchestrationRuntimeStatus.Suspended);
        await host.RestartAsync();
        Assert.Equal(["ExecutionStarted", "ExecutionSuspended"], await host.EventTypesAsync(id));

        await host.Client.ResumeInstanceAsync(id);
        await _held.BegunAsync("a");
        _held.Return("a", "done");

        Assert.Equal("done", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task One_resume_ends_any_number_of_suspensions_and_a_resume_without_one_does_no_harm()
    {
        await using var host = await Host().Orchestrator("Wait", Wait).StartAsync();
        var id = await host.BeginAsync("Wait");
        await host.Client.ResumeInstanceAsync(id, "too early");
        await SuspendAsync(host, id);
        await host.Client.SuspendInstanceAsync(id, "again");
        await host.UntilHistoryHasAsync(id, "ExecutionSuspended", 2);
        await host.Client.ResumeInstanceAsync(id);
        await host.UntilStatusAsync(id, OrchestrationRuntimeStatus.Running);
        await host.Client.RaiseEventAsync(id, "go", "on");

        Assert.Equal("on", (await host.EndOfAsync(id)).ReadOutputAs<string>());
        var reasons = (await host.HistoryAsync(id)).Where(item => item.Reason is not null).Select(item => $"{item.EventType} {item.Reason}");
        Assert.Equal(["ExecutionResumed too early", "ExecutionSuspended lunch", "ExecutionSuspended again"], reasons);
    }

    [Fact]
    public async Task A_suspended_instance_can_be_terminated()
    {
        await using var host = await Host().Orchestrator("Wait", Wait).StartAsync();
        var id = await host.BeginAsync("Wait");
        await SuspendAsync(host, id);
        await host.Client.RaiseEventAsync(id, "go", "unseen");

        await host.Client.TerminateInstanceAsync(id, "enough");

        var end = await host.EndOfAsync(id);
        Assert.Equal((OrchestrationRuntimeStatus.Terminated, "enough"), (end.RuntimeStatus, end.ReadOutputAs<string>()));
    }

    private static async Task SuspendAsync(EngineHost host, string id)
    {
        await host.Client.SuspendInstanceAsync(id, "lunch");
        await host.UntilStatusAsync(id, OrchestrationRuntimeStatus.Suspended);
    }

    private static Task<string> Wait(TaskOrchestrationContext context) => context.WaitForExternalEvent<string>("go");
}
