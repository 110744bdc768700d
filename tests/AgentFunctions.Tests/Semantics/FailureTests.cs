using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// A failure on its way from the code that threw to the code that reads it, also by way of the database: TaskFailureDetails and
/// TaskFailedException of Microsoft.DurableTask.Abstractions. No app of this subset sets Properties, so they are null.
/// </summary>
public class FailureTests : SemanticsTests
{
    public class ShopException(string message, Exception? inner = null) : Exception(message, inner);

    public sealed class SoldOutException(string message, Exception? inner = null) : ShopException(message, inner);

    private static object? Sell(string item) => throw new SoldOutException(
        $"no {item} left",
        new AggregateException("two causes", new TimeoutException("the first"), new InvalidOperationException("the second")));

    private Task<EngineHost> StartAsync() =>
        Host()
            .Activity<string>("Sell", Sell)
            .Entity("Shop", _ => throw new SoldOutException("closed"))
            .Orchestrator("Uncaught", async context => await context.CallActivityAsync<string>("Sell", "pear"))
            .Orchestrator("Nested", async context => await context.CallSubOrchestratorAsync<string>("Uncaught"))
            .Orchestrator("Entity", async context => await context.Entities.CallEntityAsync<string>(new EntityInstanceId("Shop", ""), "open"))
            .Orchestrator<string>("Own", _ => throw new SoldOutException("own"))
            .Orchestrator("Later", async context =>
            {
                try
                {
                    await context.CallActivityAsync("Sell", "fig");
                }
                catch (TaskFailedException)
                {
                }
                var again = Assert.ThrowsAsync<TaskFailedException>(() => context.CallActivityAsync("Sell", "plum"));
                await context.WaitForExternalEvent<string>("go");
                return Describe((await again).FailureDetails);
            })
            .StartAsync();

    private static string Describe(TaskFailureDetails? details) =>
        details is null ? "" : $"{details.ErrorType}: {details.ErrorMessage} > {Describe(details.InnerFailure)}";

    private const string Sold =
        "AgentFunctions.Tests.Semantics.FailureTests+SoldOutException: no pear left > System.AggregateException: two causes (the first) (the second) > System.TimeoutException: the first > ";

    [Theory]
    [InlineData("Own", "AgentFunctions.Tests.Semantics.FailureTests+SoldOutException: own > ")]
    [InlineData("Uncaught", "Microsoft.DurableTask.TaskFailedException: Task 'Sell' (#0) failed with an unhandled exception: no pear left > " + Sold)]
    [InlineData("Nested", "Microsoft.DurableTask.TaskFailedException: Task 'Uncaught' (#0) failed with an unhandled exception: " +
        "Task 'Sell' (#0) failed with an unhandled exception: no pear left > " +
        "Microsoft.DurableTask.TaskFailedException: Task 'Sell' (#0) failed with an unhandled exception: no pear left > " + Sold)]
    [InlineData("Entity", "Microsoft.DurableTask.Entities.EntityOperationFailedException: Operation 'open' of entity '@shop@' failed: closed > " +
        "AgentFunctions.Tests.Semantics.FailureTests+SoldOutException: closed > ")]
    public async Task The_chain_of_causes_is_kept_from_the_throw_to_the_client_over_a_restart(string name, string expected)
    {
        await using var host = await StartAsync();
        Assert.Equal(expected, Describe((await host.RunAsync(name, instanceId: "id")).FailureDetails));

        await host.RestartAsync();

        var details = (await host.Client.GetInstanceAsync("id", getInputsAndOutputs: true))!.FailureDetails!;
        Assert.Equal(expected, Describe(details));
        for (var cause = details; cause is not null; cause = cause.InnerFailure)
        {
            Assert.Null(cause.Properties);
        }
    }

    [Fact]
    public async Task The_stack_of_the_throw_is_kept()
    {
        await using var host = await StartAsync();
        await host.RunAsync("Uncaught", instanceId: "id");
        await host.RestartAsync();
        var cause = (await host.Client.GetInstanceAsync("id", true))!.FailureDetails!.InnerFailure!;
        Assert.Contains("FailureTests.Sell", cause.StackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_that_was_caught_before_a_restart_reads_the_same_after_it()
    {
        await using var host = await StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Later");
        await host.UntilHistoryHasAsync(id, "TaskFailed", 2);
        await host.RestartAsync();
        await host.Client.RaiseEventAsync(id, "go", "!");

        Assert.Equal(Sold.Replace("pear", "plum", StringComparison.Ordinal), (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_cause_is_of_its_type_and_its_base_types_and_of_no_other()
    {
        await using var host = await StartAsync();
        var failed = (await host.RunAsync("Uncaught")).FailureDetails!;
        Assert.True(failed.IsCausedBy<TaskFailedException>());

        var cause = failed.InnerFailure!;
        Assert.True(cause.IsCausedBy<SoldOutException>());
        Assert.True(cause.IsCausedBy<ShopException>());
        Assert.True(cause.IsCausedBy<Exception>());
        Assert.False(cause.IsCausedBy<InvalidOperationException>());
        Assert.True(cause.InnerFailure!.IsCausedBy<AggregateException>());
        Assert.True(cause.InnerFailure!.InnerFailure!.IsCausedBy<SystemException>());
        var noException = typeof(string);
        Assert.Throws<ArgumentException>(() => cause.IsCausedBy(noException));
    }

    [Fact]
    public async Task A_type_that_is_not_loaded_is_no_cause_of_any_kind_and_its_words_are_kept()
    {
        var details = new TaskFailureDetails("Gone.Long.AgoException", "from an older version", null, null, null);
        await using var host = await Host()
            .Activity<string>("Old", _ => throw new TaskFailedException("Older", 3, details))
            .Orchestrator("Ask", async context => await context.CallActivityAsync<string>("Old", "x"))
            .StartAsync();

        var cause = (await host.RunAsync("Ask")).FailureDetails!.InnerFailure!.InnerFailure!;

        Assert.Equal(("Gone.Long.AgoException", "from an older version"), (cause.ErrorType, cause.ErrorMessage));
        Assert.False(cause.IsCausedBy<Exception>());
    }
}
