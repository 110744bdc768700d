using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Tests.Engine;

/// <summary>Replay gives the same run again, and says so when code does not.</summary>
public sealed class DeterminismTests
{
    [Fact]
    public async Task Ids_and_time_are_the_same_in_every_replay()
    {
        var seen = new List<string>();
        await using var host = await new EngineHost().ReplayingEachTime()
            .Activity<string>("Nothing", _ => null)
            .Orchestrator("Ids", async context =>
            {
                var first = $"{context.NewGuid()} {context.CurrentUtcDateTime:o}";
                seen.Add(first);
                await context.CallActivityAsync("Nothing");
                return first;
            })
            .StartAsync();

        var end = await host.RunAsync("Ids");

        Assert.Equal(2, seen.Count);
        Assert.Single(seen.Distinct());
        Assert.Equal('5', end.ReadOutputAs<string>()![14]);
    }

    [Fact]
    public async Task Changed_code_fails_the_instance_with_an_error_that_names_call_history_and_position()
    {
        var changed = false;
        await using var host = await new EngineHost().ReplayingEachTime()
            .Activity<string>("Charge", _ => null)
            .Activity<string>("Refund", _ => null)
            .Orchestrator("Pay", async context =>
            {
                await context.CallActivityAsync(changed ? "Refund" : "Charge");
                return await context.WaitForExternalEvent<string>("go");
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Pay");
        await host.UntilHistoryHasAsync(id, "TaskCompleted");
        changed = true;
        await host.Client.RaiseEventAsync(id, "go", "!");

        var failure = (await host.EndOfAsync(id)).FailureDetails!;
        Assert.EndsWith(nameof(AgentFunctions.Embedded.Engine.NonDeterminismException), failure.ErrorType, StringComparison.Ordinal);
        Assert.Contains("call number 0 the code made activity 'Refund', but history has activity 'Charge'", failure.ErrorMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("call more", "call number 1 the code made activity 'Charge', but history has no call")]
    [InlineData("call less", "call number 0 the code made no call, but history has activity 'Charge'")]
    [InlineData("end early", "the code ended after call number 0, but history goes on")]
    public async Task Code_that_calls_more_or_less_or_ends_earlier_than_its_history_fails_the_instance(string change, string error)
    {
        var code = "";
        await using var host = await new EngineHost().ReplayingEachTime()
            .Activity<string>("Charge", _ => null)
            .Orchestrator("Pay", async context =>
            {
                var charge = code == "call less" ? Task.CompletedTask : context.CallActivityAsync("Charge");
                if (code == "call more")
                {
                    await context.CallActivityAsync("Charge");
                }
                await charge;
                return code == "end early" ? "" : await context.WaitForExternalEvent<string>("go");
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Pay");
        await host.UntilHistoryHasAsync(id, "TaskCompleted");
        code = change;
        await host.Client.RaiseEventAsync(id, "go", "!");

        Assert.Contains(error, (await host.EndOfAsync(id)).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_late_result_of_an_earlier_execution_is_not_taken_for_one_of_the_next()
    {
        var (running, release) = (new TaskCompletionSource(), new TaskCompletionSource<object?>());
        await using var host = await new EngineHost()
            .AsyncActivity<string>("Late", _ =>
            {
                running.SetResult();
                return release.Task;
            })
            .Activity<string>("Quick", _ => "quick")
            .Orchestrator("Again", async context =>
            {
                if (context.GetInput<int>() == 0)
                {
                    return await context.CallActivityAsync<string>("Late"); // call number 0 of the first execution
                }
                await context.WaitForExternalEvent<string>("go");
                return await context.CallActivityAsync<string>("Quick"); // call number 0 of the second
            })
            .StartAsync();
        var options = new StartOrchestrationOptions("one");
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Again", 0, options);
        await running.Task.WaitAsync(EngineHost.Patience);
        await host.Client.TerminateInstanceAsync("one");
        await host.EndOfAsync("one");
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Again", 1, options);
        release.SetResult("late");
        await host.Client.RaiseEventAsync("one", "go", "!");

        Assert.Equal("quick", (await host.EndOfAsync("one")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Awaiting_a_task_that_is_not_durable_is_a_clear_error()
    {
        await using var host = await new EngineHost()
            .Orchestrator("Foreign", async _ =>
            {
                await new TaskCompletionSource().Task;
                return 1;
            })
            .StartAsync();

        Assert.Contains("CreateTimer instead of Task.Delay", (await host.RunAsync("Foreign")).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leaving_the_orchestrators_thread_is_a_clear_error()
    {
        await using var host = await new EngineHost()
            .Activity<int>("Echo", n => n)
            .Orchestrator("Leaves", async context =>
            {
                await context.CallActivityAsync<int>("Echo", 1).ConfigureAwait(false);
                return await context.CallActivityAsync<int>("Echo", 2);
            })
            .StartAsync();

        Assert.Contains("without ConfigureAwait(false)", (await host.RunAsync("Leaves")).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }
}
