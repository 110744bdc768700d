using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// Rewinding a failed orchestration: the documentation of DurableTaskClient.RewindInstanceAsync, Microsoft Learn, "Manage instances"
/// (rewind), and DurableTask.Core's ProcessRewindOrchestrationDecision. Azure does not support it for orchestrations that use timers
/// or caught a failure; here those are refused and stay as they are.
/// </summary>
public class RewindTests : SemanticsTests
{
    private readonly List<string> _ran = [];
    private readonly HashSet<string> _broken = ["bad"];

    private EngineHost Flaky() => Host()
        .Activity<string>("Work", name =>
        {
            lock (_ran)
            {
                _ran.Add(name);
            }
            return _broken.Contains(name) ? throw new InvalidOperationException($"{name} is broken") : name.ToUpperInvariant();
        });

    private string Ran
    {
        get
        {
            lock (_ran)
            {
                return string.Join(' ', _ran);
            }
        }
    }

    private static async Task<string> InOrderAsync(TaskOrchestrationContext context)
    {
        var results = new List<string>();
        foreach (var name in context.GetInput<string[]>()!)
        {
            results.Add(await context.CallActivityAsync<string>("Work", name));
        }
        return string.Join(' ', results);
    }

    private async Task FailAsync(EngineHost host, string name, string id, object? input = null) =>
        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await host.RunAsync(name, input, id)).RuntimeStatus);

    [Fact]
    public async Task The_failed_activity_runs_again_and_what_succeeded_does_not()
    {
        await using var host = await Flaky().Orchestrator("InOrder", InOrderAsync).StartAsync();
        await FailAsync(host, "InOrder", "id", new[] { "one", "bad", "two" });
        _broken.Clear();

        await host.Client.RewindInstanceAsync("id", "the shop is open again");

        var end = await host.EndOfAsync("id");
        Assert.Equal((OrchestrationRuntimeStatus.Completed, "ONE BAD TWO"), (end.RuntimeStatus, end.ReadOutputAs<string>()));
        Assert.Null(end.FailureDetails);
        Assert.Equal("one bad bad two", Ran);
    }

    [Fact]
    public async Task History_loses_the_failure_and_says_that_and_why_it_was_rewound()
    {
        await using var host = await Flaky().Orchestrator("InOrder", InOrderAsync).StartAsync();
        await FailAsync(host, "InOrder", "id", new[] { "one", "bad" });
        _broken.Clear();
        await host.Client.RewindInstanceAsync("id", "why");
        await host.EndOfAsync("id");

        var history = await host.HistoryAsync("id");
        Assert.Equal(
            ["ExecutionStarted", "TaskCompleted", "ExecutionRewound", "TaskCompleted", "ExecutionCompleted"],
            history.Select(item => item.EventType));
        Assert.Equal("why", history[2].Reason);
    }

    [Fact]
    public async Task All_that_failed_in_a_fan_out_runs_again_and_the_rest_keeps_its_results()
    {
        await using var host = await Flaky()
            .Orchestrator("FanOut", async context => await Task.WhenAll(
                context.GetInput<string[]>()!.Select(name => context.CallActivityAsync<string>("Work", name))))
            .StartAsync();
        _broken.Add("worse");
        await FailAsync(host, "FanOut", "id", new[] { "a", "bad", "b", "worse" });
        _broken.Clear();

        await host.Client.RewindInstanceAsync("id", "");

        Assert.Equal(["A", "BAD", "B", "WORSE"], (await host.EndOfAsync("id")).ReadOutputAs<string[]>()!);
        Assert.Equal("a b bad bad worse worse", string.Join(' ', Ran.Split(' ').Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task A_failed_sub_orchestration_is_rewound_with_its_parent_and_not_started_anew()
    {
        await using var host = await Flaky()
            .Orchestrator("InOrder", InOrderAsync)
            .Orchestrator("Parent", async context => await context.CallSubOrchestratorAsync<string>(
                "InOrder", new[] { "first", "bad" }, new SubOrchestrationOptions(instanceId: "child")))
            .Orchestrator("Grandparent", async context => "got " + await context.CallSubOrchestratorAsync<string>(
                "Parent", options: new SubOrchestrationOptions(instanceId: "parent")))
            .StartAsync();
        await FailAsync(host, "Grandparent", "top");
        _broken.Clear();

        await host.Client.RewindInstanceAsync("top", "");

        Assert.Equal("got FIRST BAD", (await host.EndOfAsync("top")).ReadOutputAs<string>());
        Assert.Equal("first bad bad", Ran);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, await host.StatusAsync("child"));
    }

    [Fact]
    public async Task One_that_fails_again_may_be_rewound_again_also_after_a_restart()
    {
        await using var host = await Flaky().Orchestrator("InOrder", InOrderAsync).StartAsync();
        await FailAsync(host, "InOrder", "id", new[] { "bad" });
        await host.Client.RewindInstanceAsync("id", "too early");
        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await host.EndOfAsync("id")).RuntimeStatus);
        await host.RestartAsync();
        _broken.Clear();

        await host.Client.RewindInstanceAsync("id", "now");

        Assert.Equal("BAD", (await host.EndOfAsync("id")).ReadOutputAs<string>());
        Assert.Equal("bad bad bad", Ran);
    }

    [Fact]
    public async Task A_rewind_that_returned_is_carried_out_after_a_crash()
    {
        await using var host = await Flaky().Orchestrator("InOrder", InOrderAsync).StartAsync();
        await FailAsync(host, "InOrder", "id", new[] { "one", "bad" });
        _broken.Clear();
        await host.Client.RewindInstanceAsync("id", "");
        await host.CrashAsync();

        Assert.Equal("ONE BAD", (await host.EndOfAsync("id")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Code_that_threw_by_itself_gets_what_its_last_step_got_once_more()
    {
        var fixedNow = false;
        await using var host = await Flaky()
            .Orchestrator("Sum", async context =>
            {
                var one = await context.CallActivityAsync<string>("Work", "one");
                var raised = await context.WaitForExternalEvent<string>("go");
                return fixedNow ? one + raised : throw new InvalidOperationException("a bug");
            })
            .StartAsync();
        var id = await host.BeginAsync("Sum");
        await host.Client.RaiseEventAsync(id, "go", "!");
        await host.EndOfAsync(id);
        await host.Client.RewindInstanceAsync(id, "");
        Assert.Equal("a bug", (await host.EndOfAsync(id)).FailureDetails!.ErrorMessage); // the code is as it was
        fixedNow = true;

        await host.Client.RewindInstanceAsync(id, "");

        Assert.Equal("ONE!", (await host.EndOfAsync(id)).ReadOutputAs<string>());
        Assert.Equal("one", Ran);
    }

    [Fact]
    public async Task Code_that_threw_at_once_starts_again_with_its_input()
    {
        await using var host = await Flaky()
            .Orchestrator("AtOnce", context => _broken.Count > 0 ? throw new InvalidOperationException() : Task.FromResult(context.GetInput<string>()))
            .StartAsync();
        await FailAsync(host, "AtOnce", "id", "input");
        _broken.Clear();
        await host.Client.RewindInstanceAsync("id", "");
        Assert.Equal("input", (await host.EndOfAsync("id")).ReadOutputAs<string>());
    }

    [Theory]
    [InlineData("Caught", "its code went on after a failure")]
    [InlineData("Retried", "its code went on after a failure")]
    [InlineData("Signals", "would be done twice")]
    [InlineData("Locks", "held entity locks")]
    public async Task What_cannot_be_taken_back_is_refused_and_nothing_changes(string name, string reason)
    {
        await using var host = await Flaky()
            .Orchestrator<string>("Caught", async context =>
            {
                await Assert.ThrowsAsync<TaskFailedException>(() => context.CallActivityAsync("Work", "bad"));
                await context.CallActivityAsync("Work", "instead");
                throw new InvalidOperationException("in the end");
            })
            .Orchestrator("Retried", async context => await context.CallActivityAsync<string>(
                "Work", "bad", TaskOptions.FromRetryPolicy(new RetryPolicy(2, TimeSpan.FromTicks(1)))))
            .Orchestrator<string>("Signals", async context =>
            {
                await context.CallActivityAsync("Work", "one");
                await context.Entities.SignalEntityAsync(Journal.A, "add", "x");
                throw new InvalidOperationException("after the signal");
            })
            .Orchestrator("Locks", async context =>
            {
                await context.Entities.LockEntitiesAsync(Journal.A);
                return await context.CallActivityAsync<string>("Work", "bad");
            })
            .With(new Journal())
            .StartAsync();
        await host.BeginAsync(name, instanceId: "id");
        if (name == "Retried")
        {
            await host.PassTimerAsync("id", 0);
        }
        await host.EndOfAsync("id");
        var (before, ran) = (await host.EventTypesAsync("id"), Ran);

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => host.Client.RewindInstanceAsync("id", ""));

        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.Equal((OrchestrationRuntimeStatus.Failed, ran), (await host.StatusAsync("id"), Ran));
        Assert.Equal(before, await host.EventTypesAsync("id"));
    }

    [Fact]
    public async Task Only_failed_orchestrations_are_rewound_also_below_the_one_that_is_asked_for()
    {
        await using var host = await Flaky()
            .Orchestrator("Wait", async context => await context.WaitForExternalEvent<string>("go"))
            .Orchestrator("Parent", async context => await context.CallSubOrchestratorAsync<string>(
                "Wait", options: new SubOrchestrationOptions(instanceId: context.GetInput<string>())))
            .StartAsync();
        await host.BeginAsync("Wait", instanceId: "waiting");
        var running = await Assert.ThrowsAsync<InvalidOperationException>(() => host.Client.RewindInstanceAsync("waiting", ""));
        Assert.Contains("only failed orchestrations", running.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => host.Client.RewindInstanceAsync("nobody", ""));
        await Assert.ThrowsAsync<ArgumentException>(() => host.Client.RewindInstanceAsync("@journal@a", ""));

        await host.BeginAsync("Parent", "terminated", "parent");
        await EngineHost.UntilAsync(async () => await host.Client.GetInstanceAsync("terminated") is not null);
        await host.Client.TerminateInstanceAsync("terminated");
        await host.EndOfAsync("parent");
        var terminated = await Assert.ThrowsAsync<InvalidOperationException>(() => host.Client.RewindInstanceAsync("parent", ""));
        Assert.Contains("'terminated': only failed orchestrations are rewound, and it is Terminated", terminated.Message, StringComparison.Ordinal);
        Assert.Equal(OrchestrationRuntimeStatus.Failed, await host.StatusAsync("parent"));
    }

    [Fact]
    public async Task A_sub_orchestration_that_somebody_else_started_is_not_rewound_with_the_parent_that_could_not()
    {
        await using var host = await Flaky()
            .Orchestrator("Other", async context => await context.WaitForExternalEvent<int>("go"))
            .Orchestrator("Parent", async context => await context.CallSubOrchestratorAsync<int>(
                "Other", options: new SubOrchestrationOptions(instanceId: "taken")))
            .StartAsync();
        await host.BeginAsync("Other", instanceId: "taken");
        await FailAsync(host, "Parent", "parent");
        await host.Client.RaiseEventAsync("taken", "go", "no number");
        await host.EndOfAsync("taken");

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => host.Client.RewindInstanceAsync("parent", ""));

        Assert.Contains("started by somebody else", refused.Message, StringComparison.Ordinal);
        Assert.Equal(OrchestrationRuntimeStatus.Failed, await host.StatusAsync("taken"));
    }
}
