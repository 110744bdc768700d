using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Tests.Engine;

public sealed class EntityTests
{
    private static readonly EntityInstanceId _a = new("Counter", "a");
    private static readonly EntityInstanceId _b = new("Counter", "b");

    [Fact]
    public async Task Signals_and_calls_run_one_at_a_time_in_order_on_durable_state()
    {
        await using var host = await Counters()
            .Orchestrator("Add", async context =>
            {
                await context.Entities.SignalEntityAsync(_a, "add", 1);
                await context.Entities.SignalEntityAsync(_a, "add", 2);
                return await context.Entities.CallEntityAsync<int>(_a, "get");
            })
            .StartAsync();

        Assert.Equal(3, (await host.RunAsync("Add")).ReadOutputAs<int>());
        await host.RestartAsync();
        Assert.Equal(3, (await host.Client.Entities.GetEntityAsync<int>(_a))!.State);
        Assert.Equal("@counter@a", _a.ToString());
    }

    [Fact]
    public async Task A_failed_operation_rolls_back_state_and_signals_and_surfaces_at_the_caller()
    {
        await using var host = await Counters()
            .Orchestrator("Break", async context =>
            {
                await context.Entities.CallEntityAsync(_a, "add", 1);
                try
                {
                    await context.Entities.CallEntityAsync(_a, "break");
                    return "no failure";
                }
                catch (EntityOperationFailedException e)
                {
                    return $"{e.OperationName}: {e.FailureDetails.ErrorMessage}, {await context.Entities.CallEntityAsync<int>(_a, "get")}";
                }
            })
            .StartAsync();

        Assert.Equal("break: broken, 1", (await host.RunAsync("Break")).ReadOutputAs<string>());
        Assert.Null(await host.Client.Entities.GetEntityAsync(_b));
    }

    [Fact]
    public async Task A_delayed_signal_waits_for_its_time()
    {
        await using var host = await Counters().StartAsync();
        await host.Client.Entities.SignalEntityAsync(_a, "add", 5, host.Time.GetUtcNow().AddMinutes(1));
        await host.Client.Entities.SignalEntityAsync(_a, "add", 1);
        await UntilStateAsync(host, _a, 1);
        host.Time.Advance(TimeSpan.FromMinutes(1));
        await UntilStateAsync(host, _a, 6);
    }

    [Fact]
    public async Task A_locked_entity_serves_its_holder_only_until_it_is_released()
    {
        await using var host = await Counters()
            .Orchestrator("Hold", async context =>
            {
                await using (await context.Entities.LockEntitiesAsync(_b, _a))
                {
                    await context.Entities.CallEntityAsync(_a, "add", 1);
                    context.SetCustomStatus(context.Entities.InCriticalSection(out var ids) ? ids.Count : 0);
                    await context.WaitForExternalEvent<string>("go");
                    return await context.Entities.CallEntityAsync<int>(_a, "get");
                }
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Hold");
        await UntilStateAsync(host, _a, 1);
        await host.Client.Entities.SignalEntityAsync(_a, "add", 10);
        Assert.Equal(id, (await host.Client.Entities.GetEntityAsync(_a))!.LockedBy);
        await host.RestartAsync();
        await host.Client.RaiseEventAsync(id, "go", "!");

        var end = await host.EndOfAsync(id);
        Assert.Equal((1, "2"), (end.ReadOutputAs<int>(), end.SerializedCustomStatus));
        await UntilStateAsync(host, _a, 11);
        Assert.Null((await host.Client.Entities.GetEntityAsync(_a))!.LockedBy);
    }

    [Fact]
    public async Task Locks_of_a_terminated_orchestration_are_released_held_or_still_requested()
    {
        await using var host = await Counters()
            .Orchestrator("Hold", async context =>
            {
                await using (await context.Entities.LockEntitiesAsync(_a))
                {
                    await context.Entities.CallEntityAsync(_a, "add", 1);
                    return await context.WaitForExternalEvent<int>("never");
                }
            })
            .StartAsync();
        var holder = await host.Client.ScheduleNewOrchestrationInstanceAsync("Hold");
        await UntilStateAsync(host, _a, 1);
        var waiting = await host.Client.ScheduleNewOrchestrationInstanceAsync("Hold");
        await host.UntilHistoryHasAsync(waiting, "EventSent");
        await host.Client.Entities.SignalEntityAsync(_a, "add", 10);

        await host.Client.TerminateInstanceAsync(waiting);
        await host.EndOfAsync(waiting);
        await host.Client.TerminateInstanceAsync(holder);

        await UntilStateAsync(host, _a, 11);
    }

    [Fact]
    public async Task The_rules_of_a_critical_section_are_enforced()
    {
        await using var host = await Counters()
            .Orchestrator("Rules", async context =>
            {
                var broken = new List<string>();
                await using (await context.Entities.LockEntitiesAsync(_a))
                {
                    await Expect(() => context.Entities.CallEntityAsync(_b, "get"));
                    await Expect(() => context.Entities.SignalEntityAsync(_a, "add", 1));
                    await Expect(() => context.Entities.LockEntitiesAsync(_b));
                    await Expect(() => context.CallSubOrchestratorAsync("Rules"));
                    await context.Entities.CallEntityAsync(_a, "get");
                }
                return broken.Count;

                async Task Expect(Func<Task> action)
                {
                    try
                    {
                        await action();
                    }
                    catch (InvalidOperationException e)
                    {
                        broken.Add(e.Message);
                    }
                }
            })
            .StartAsync();

        var end = await host.RunAsync("Rules");
        Assert.Null(end.FailureDetails);
        Assert.Equal(4, end.ReadOutputAs<int>());
    }

    [Fact]
    public async Task An_entity_can_signal_another_and_start_an_orchestration()
    {
        await using var host = await Counters()
            .Orchestrator("Started", context => Task.FromResult(context.GetInput<string>()!))
            .StartAsync();

        await host.Client.Entities.SignalEntityAsync(_a, "forward", _b.ToString());
        await UntilStateAsync(host, _b, 7);

        Assert.Equal("from a", (await host.EndOfAsync("started")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_operation_that_a_crash_interrupted_is_applied_exactly_once()
    {
        var crashed = false;
        await using var host = new EngineHost();
        host.Entity("counter", operation =>
        {
            operation.State.SetState(operation.State.GetState<int>() + operation.GetInput<int>());
            if (!crashed)
            {
                crashed = true;
                host.CrashHere();
            }
            return ValueTask.FromResult<object?>(null);
        });
        await host.StartAsync();
        await host.Client.Entities.SignalEntityAsync(_a, "add", 5);
        await UntilStateAsync(host, _a, 5);

        await host.RestartFromCrashAsync(host.Functions);

        await UntilStateAsync(host, _a, 5);
    }

    [Fact]
    public async Task Entities_are_listed_by_prefix_in_pages_and_cleaned_when_empty()
    {
        await using var host = await Counters().StartAsync();
        foreach (var key in new[] { "a", "b", "c" })
        {
            await host.Client.Entities.SignalEntityAsync(new EntityInstanceId("counter", key), "add", 1);
            await UntilStateAsync(host, new EntityInstanceId("counter", key), 1);
        }
        await host.Client.Entities.SignalEntityAsync(_b, "delete");
        await EngineHost.UntilAsync(async () => await host.Client.Entities.GetEntityAsync(_b) is null);

        var pages = new List<Page<EntityMetadata<int>>>();
        await foreach (var page in host.Client.Entities.GetAllEntitiesAsync<int>(new EntityQuery { InstanceIdStartsWith = "Counter", PageSize = 1 }).AsPages())
        {
            pages.Add(page);
        }
        var cleaned = await host.Client.Entities.CleanEntityStorageAsync();

        Assert.Equal(["@counter@a", "@counter@c"], pages.SelectMany(page => page.Values).Select(entity => entity.Id.ToString()));
        Assert.Equal((1, 0), (cleaned.EmptyEntitiesRemoved, cleaned.OrphanedLocksReleased));
    }

    [Fact]
    public async Task A_call_to_an_unknown_entity_fails_and_lists_the_registered_ones()
    {
        await using var host = await Counters()
            .Orchestrator<int>("Typo", async context => await context.Entities.CallEntityAsync<int>(new EntityInstanceId("contuer", "a"), "get"))
            .StartAsync();

        Assert.Contains("'contuer'. Registered: counter", (await host.RunAsync("Typo")).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    private static EngineHost Counters() => new EngineHost().Entity("counter", operation =>
    {
        var count = operation.State.GetState<int>();
        switch (operation.Name)
        {
            case "add":
                operation.State.SetState(count + operation.GetInput<int>());
                break;
            case "break":
                operation.State.SetState(1000);
                operation.Context.SignalEntity(_b, "add", 1000);
                throw new InvalidOperationException("broken");
            case "forward":
                operation.Context.SignalEntity(EntityInstanceId.FromString(operation.GetInput<string>()!), "add", 7);
                operation.Context.ScheduleNewOrchestration("Started", "from a", new StartOrchestrationOptions("started"));
                break;
            case "delete":
                operation.State.SetState(null);
                break;
        }
        return ValueTask.FromResult<object?>(operation.State.GetState<int>());
    });

    private static Task UntilStateAsync(EngineHost host, EntityInstanceId id, int state) => EngineHost.UntilAsync(async () =>
        await host.Client.Entities.GetEntityAsync<int>(id) is { } entity && entity.State == state);
}
