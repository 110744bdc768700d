using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// Fan-out and fan-in. From the documentation of Durable Functions, "Fan-out/fan-in", and from the way in which
/// TaskOrchestrationExecutor of Azure/durabletask hands completions to the code: one by one, in the order of history.
/// </summary>
public class FanOutTests : SemanticsTests
{
    private readonly HeldActivity _held = new();

    [Fact]
    public async Task Activities_run_at_the_same_time_and_their_results_stand_in_the_order_of_the_calls()
    {
        await using var host = await Host()
            .AsyncActivity<string>("Held", _held.RunAsync)
            .Orchestrator("All", context => Task.WhenAll(Calls(context)))
            .StartAsync();
        var id = await host.BeginAsync("All");
        foreach (var call in new[] { "a", "b", "c" })
            await _held.BegunAsync(call);

        foreach (var call in new[] { "c", "a", "b" })
            _held.Return(call, call.ToUpperInvariant());

        Assert.Equal(["A", "B", "C"], (await host.EndOfAsync(id)).ReadOutputAs<string[]>()!);
    }

    [Theory]
    [InlineData("a", "b", "c")]
    [InlineData("c", "b", "a")]
    [InlineData("b", "c", "a")]
    public async Task Code_goes_on_in_the_order_in_which_activities_end_also_after_a_restart(params string[] order)
    {
        await using var host = await Host()
            .AsyncActivity<string>("Held", _held.RunAsync)
            .Orchestrator("Race", async context =>
            {
                var (open, ended) = (Calls(context).ToList(), new List<string>());
                while (open.Count > 0)
                {
                    var first = await Task.WhenAny(open);
                    open.Remove(first);
                    ended.Add(await first);
                }
                await context.WaitForExternalEvent<string>("go");
                return ended;
            })
            .StartAsync();
        var id = await host.BeginAsync("Race");
        for (var ended = 0; ended < order.Length; ended++)
        {
            _held.Return(order[ended], order[ended]);
            await host.UntilHistoryHasAsync(id, "TaskCompleted", ended + 1);
        }

        await host.RestartAsync();
        await host.Client.RaiseEventAsync(id, "go", "!");

        Assert.Equal(order, (await host.EndOfAsync(id)).ReadOutputAs<string[]>()!);
    }

    [Fact]
    public async Task A_failure_among_many_surfaces_when_all_have_ended()
    {
        await using var host = await Host()
            .AsyncActivity<string>("Held", _held.RunAsync)
            .Orchestrator("All", async context =>
            {
                var calls = Calls(context).ToList();
                try
                {
                    await Task.WhenAll(calls);
                    return "no failure";
                }
                catch (TaskFailedException e)
                {
                    return $"{e.FailureDetails.ErrorMessage}, {calls.Count(call => call.IsCompletedSuccessfully)} went well";
                }
            })
            .StartAsync();
        var id = await host.BeginAsync("All");
        _held.Throw("b", new IOException("b failed"));
        await host.UntilHistoryHasAsync(id, "TaskFailed");
        _held.Return("a", "A");
        _held.Return("c", "C");

        Assert.Equal("b failed, 2 went well", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Of_a_failed_fan_out_each_failure_can_be_read()
    {
        await using var host = await Host()
            .Activity<int>("Odd", n => n % 2 == 0 ? throw new FormatException($"{n}") : n)
            .Orchestrator("All", async context =>
            {
                var calls = Enumerable.Range(0, 6).Select(n => context.CallActivityAsync<int>("Odd", n)).ToList();
                await Task.WhenAny(Task.WhenAll(calls)); // ends with the last call and throws nothing
                return calls.Select(call => call.Exception?.InnerException is TaskFailedException e ? e.FailureDetails.ErrorMessage : "ok");
            })
            .StartAsync();

        Assert.Equal(["0", "ok", "2", "ok", "4", "ok"], (await host.RunAsync("All")).ReadOutputAs<string[]>()!);
    }

    [Fact]
    public async Task Three_hundred_activities_are_joined_without_loss()
    {
        await using var host = await Host()
            .Activity<int>("Square", n => n * n)
            .Orchestrator("Sum", async context =>
                (await Task.WhenAll(Enumerable.Range(1, 300).Select(n => context.CallActivityAsync<int>("Square", n)))).Sum())
            .StartAsync();

        Assert.Equal(300 * 301 * 601 / 6, (await host.RunAsync("Sum")).ReadOutputAs<int>());
    }

    private static IEnumerable<Task<string>> Calls(TaskOrchestrationContext context) =>
        new[] { "a", "b", "c" }.Select(call => context.CallActivityAsync<string>("Held", call));
}
