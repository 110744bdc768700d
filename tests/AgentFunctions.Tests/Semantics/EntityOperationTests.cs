using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// What an operation gives, leaves and sets going: Microsoft Learn, "Durable entities", and the worker's TaskEntityShim, which commits
/// or rolls back state, signals and starts together.
/// </summary>
public class EntityOperationTests : SemanticsTests
{
    public sealed record Order(string Item, int Count);

    private readonly Journal _journal = new();

    [Fact]
    public async Task A_call_gives_what_the_operation_returned()
    {
        await using var host = await Host()
            .Entity("Store", operation =>
            {
                operation.State.SetState(operation.GetInput<Order>());
                return ValueTask.FromResult<object?>(operation.GetInput<Order>()! with { Count = 2 });
            })
            .Orchestrator("Buy", async context =>
                await context.Entities.CallEntityAsync<Order>(new EntityInstanceId("Store", "x"), "buy", new Order("pear", 1)))
            .StartAsync();

        Assert.Equal(new Order("pear", 2), (await host.RunAsync("Buy")).ReadOutputAs<Order>());
    }

    [Fact]
    public async Task An_operation_that_throws_leaves_no_state_no_signal_and_no_start()
    {
        await using var host = await Host().With(_journal)
            .Orchestrator("Started", _ => Task.FromResult(""))
            .StartAsync();
        await host.SignalAsync(Journal.A, "add", "kept");
        await host.SignalAsync(Journal.A, "fail", "dropped");
        await host.SignalAsync(Journal.A, "add", "after");

        Assert.Equal("kept after", await host.EntriesAsync(Journal.A, 2));
        await host.SignalAsync(Journal.B, "add", "only");
        Assert.Equal("only", await host.EntriesAsync(Journal.B, 1));
        Assert.Null(await host.Client.GetInstanceAsync("of a failed operation"));
    }

    [Fact]
    public async Task A_failed_signal_whose_sender_hears_nothing_is_logged_with_its_entity_and_operation()
    {
        await using var host = await Host().With(_journal).StartAsync();
        await host.SignalAsync(Journal.A, "fail", "x");
        await host.SignalAsync(Journal.A, "add", "after");
        await host.EntriesAsync(Journal.A, 1);

        Assert.Contains("Operation fail of entity @journal@a failed.", host.Log.All.Select(line => line.Text));
    }

    [Fact]
    public async Task A_failed_call_throws_with_the_operation_its_entity_and_why_and_the_orchestration_goes_on()
    {
        await using var host = await Host().With(_journal)
            .Orchestrator("Try", async context =>
            {
                try
                {
                    await context.Entities.CallEntityAsync(Journal.A, "fail", "x");
                    return "no failure";
                }
                catch (EntityOperationFailedException e)
                {
                    return $"{e.Message} | {e.EntityId} {e.OperationName} {e.FailureDetails.ErrorType} {e.FailureDetails.IsCausedBy<InvalidOperationException>()}";
                }
            })
            .StartAsync();

        Assert.Equal(
            "Operation 'fail' of entity '@journal@a' failed: the operation failed | @journal@a fail System.InvalidOperationException True",
            (await host.RunAsync("Try")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_result_that_cannot_be_serialized_fails_the_operation_and_rolls_it_back()
    {
        await using var host = await Host()
            .Entity("Bad", operation =>
            {
                operation.State.SetState("changed");
                return ValueTask.FromResult<object?>(new Dictionary<object, int> { [new object()] = 1 });
            })
            .Orchestrator("Try", async context =>
            {
                try
                {
                    await context.Entities.CallEntityAsync(new EntityInstanceId("Bad", ""), "go");
                    return "no failure";
                }
                catch (EntityOperationFailedException e)
                {
                    return e.FailureDetails.ErrorType;
                }
            })
            .StartAsync();

        Assert.Equal("System.NotSupportedException", (await host.RunAsync("Try")).ReadOutputAs<string>());
        Assert.Null(await host.Client.Entities.GetEntityAsync(new EntityInstanceId("Bad", "")));
    }

    [Fact]
    public async Task The_operations_of_a_call_whose_caller_has_ended_are_applied_all_the_same()
    {
        await using var host = await Host().With(_journal)
            .Orchestrator("Leave", context =>
            {
                _ = context.Entities.CallEntityAsync(Journal.A, "add", "not awaited");
                return Task.FromResult("");
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Leave");

        await host.EntriesAsync(Journal.A, 1);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await host.EndOfAsync(id)).RuntimeStatus);
    }

    [Fact]
    public async Task An_answer_is_not_given_to_the_next_execution_of_its_caller()
    {
        await using var host = await Host().With(_journal)
            .Orchestrator("Again", async context =>
            {
                if (context.GetInput<int>() == 0)
                {
                    _ = context.Entities.CallEntityAsync<string>(Journal.A, "hold", "first");
                    context.ContinueAsNew(1);
                    return "";
                }
                return await context.Entities.CallEntityAsync<string>(Journal.A, "get"); // the first call, as the other was
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Again", 0);
        await host.UntilHistoryHasAsync(id, "EventSent");
        _journal.LetGo();

        Assert.Equal("first", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_entity_signals_entities_also_itself_and_also_later()
    {
        await using var host = await Host().With(_journal)
            .Entity("Relay", operation =>
            {
                operation.Context.SignalEntity(Journal.A, "add", "from-" + operation.Context.Id.Key);
                if (operation.Name == "twice")
                {
                    operation.Context.SignalEntity(operation.Context.Id, "once", options: DateTimeOffset.UnixEpoch.AddYears(57));
                }
                return default;
            })
            .StartAsync();
        await host.SignalAsync(new EntityInstanceId("Relay", "Me"), "twice");
        Assert.Equal("from-Me", await host.EntriesAsync(Journal.A, 1));

        host.Time.Advance(TimeSpan.FromDays(365));

        Assert.Equal("from-Me from-Me", await host.EntriesAsync(Journal.A, 2));
    }

    [Fact]
    public async Task An_orchestration_that_an_entity_starts_has_the_input_the_id_and_the_entity_as_parent()
    {
        await using var host = await Host()
            .Entity("Starter", operation => ValueTask.FromResult<object?>(operation.Context.ScheduleNewOrchestration(
                "Started", operation.GetInput<string>(), operation.Name == "named" ? new StartOrchestrationOptions("chosen") : null)))
            .Orchestrator("Started", context => Task.FromResult($"{context.GetInput<string>()} {context.Parent}"))
            .Orchestrator("Ask", async context =>
                await context.Entities.CallEntityAsync<string>(new EntityInstanceId("Starter", "s"), context.GetInput<string>()!, "input"))
            .StartAsync();

        var chosen = (await host.RunAsync("Ask", "named")).ReadOutputAs<string>()!;
        var given = (await host.RunAsync("Ask", "unnamed")).ReadOutputAs<string>()!;

        Assert.Equal("chosen", chosen);
        Assert.NotEqual(chosen, given);
        foreach (var id in new[] { chosen, given })
        {
            var parent = new ParentOrchestrationInstance("@starter@s", "@starter@s");
            Assert.Equal($"input {parent}", (await host.EndOfAsync(id)).ReadOutputAs<string>());
        }
    }

    [Fact]
    public async Task An_orchestration_that_an_entity_starts_later_is_pending_until_then()
    {
        await using var host = await Host()
            .Entity("Starter", operation =>
            {
                operation.Context.ScheduleNewOrchestration("Started", null, new StartOrchestrationOptions("later", operation.GetInput<DateTimeOffset>()));
                return default;
            })
            .Orchestrator("Started", _ => Task.FromResult("done"))
            .StartAsync();
        await host.Client.Entities.SignalEntityAsync(new EntityInstanceId("Starter", "s"), "start", input: host.Time.GetUtcNow().AddHours(1));
        await EngineHost.UntilAsync(async () => await host.Client.GetInstanceAsync("later") is not null);
        await host.RunAsync("Started"); // time enough for the other, were it ready
        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await host.Client.GetInstanceAsync("later"))!.RuntimeStatus);

        host.Time.Advance(TimeSpan.FromHours(1));

        Assert.Equal("done", (await host.EndOfAsync("later")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_start_with_an_id_that_is_taken_fails_nothing_and_leaves_the_running_one()
    {
        await using var host = await Host().With(_journal)
            .Entity("Starter", operation =>
            {
                operation.Context.ScheduleNewOrchestration("Started", "second", new StartOrchestrationOptions("taken"));
                operation.Context.SignalEntity(Journal.A, "add", "went-on");
                return default;
            })
            .Orchestrator("Started", async context => context.GetInput<string>() + await context.WaitForExternalEvent<string>("go"))
            .StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Started", "first", new StartOrchestrationOptions("taken"));
        await host.SignalAsync(new EntityInstanceId("Starter", "s"), "start");
        await host.EntriesAsync(Journal.A, 1);
        await host.Client.RaiseEventAsync("taken", "go", "!");

        Assert.Equal("first!", (await host.EndOfAsync("taken")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_entity_id_that_was_never_set_is_refused_where_it_is_used()
    {
        await using var host = await Host()
            .Orchestrator("Try", async context =>
            {
                await Assert.ThrowsAsync<ArgumentException>(() => context.Entities.CallEntityAsync(default, "get"));
                await Assert.ThrowsAsync<ArgumentException>(() => context.Entities.SignalEntityAsync(default, "get"));
                await Assert.ThrowsAsync<ArgumentException>(() => context.Entities.LockEntitiesAsync([]));
                return "refused";
            })
            .StartAsync();

        Assert.Equal("refused", (await host.RunAsync("Try")).ReadOutputAs<string>());
        await Assert.ThrowsAsync<ArgumentException>(() => host.SignalAsync(default, "get"));
        await Assert.ThrowsAsync<ArgumentException>(() => host.Client.Entities.GetEntityAsync(default));
    }
}
