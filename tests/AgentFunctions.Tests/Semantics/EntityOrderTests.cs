using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// In which order an entity does what it is sent: Microsoft Learn, "Durable entities" (accessing entities, ordering), and how
/// DurableTask.Core's TaskEntityDispatcher fills a batch. Where Azure promises nothing about delayed signals, the time decides here.
/// </summary>
public class EntityOrderTests : SemanticsTests
{
    private readonly Journal _journal = new();

    [Fact]
    public async Task Signals_of_one_client_are_applied_in_the_order_they_were_sent()
    {
        await using var host = await Host().With(_journal).StartAsync();
        foreach (var n in Enumerable.Range(1, 40)) // more than one batch
        {
            await host.SignalAsync(Journal.A, "add", $"{n}");
        }
        Assert.Equal(string.Join(' ', Enumerable.Range(1, 40)), await host.EntriesAsync(Journal.A, 40));
    }

    [Fact]
    public async Task What_arrives_during_an_operation_is_applied_after_it_and_never_beside_it()
    {
        await using var host = await Host().With(_journal).StartAsync();
        await host.SignalAsync(Journal.A, "hold", "held");
        await host.SignalAsync(Journal.A, "add", "1");
        await host.SignalAsync(Journal.A, "add", "2");
        await host.SignalAsync(Journal.B, "add", "beside");

        Assert.Equal("beside", await host.EntriesAsync(Journal.B, 1)); // another entity does not wait
        _journal.LetGo();

        Assert.Equal("held 1 2", await host.EntriesAsync(Journal.A, 3));
        Assert.Equal(1, _journal.MostAtOnce);
    }

    [Fact]
    public async Task A_call_finds_every_signal_applied_that_its_orchestration_sent_before_it()
    {
        await using var host = await Host().With(_journal)
            .Orchestrator("Write", async context =>
            {
                foreach (var n in Enumerable.Range(1, 20))
                {
                    await context.Entities.SignalEntityAsync(Journal.A, "add", $"{n}");
                }
                return await context.Entities.CallEntityAsync<string>(Journal.A, "get");
            })
            .StartAsync();

        Assert.Equal(string.Join(' ', Enumerable.Range(1, 20)), (await host.RunAsync("Write")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Calls_that_are_made_at_once_are_applied_in_the_order_of_the_code()
    {
        await using var host = await Host().With(_journal)
            .Orchestrator("Write", async context =>
            {
                await Task.WhenAll(Enumerable.Range(1, 5).Select(n => context.Entities.CallEntityAsync(Journal.A, "add", $"{n}")));
                return await context.Entities.CallEntityAsync<string>(Journal.A, "get");
            })
            .StartAsync();

        Assert.Equal("1 2 3 4 5", (await host.RunAsync("Write")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_delayed_signal_is_applied_at_its_time_and_undelayed_ones_do_not_wait_for_it()
    {
        await using var host = await Host().With(_journal).StartAsync();
        await host.SignalAsync(Journal.A, "add", "delayed", host.Time.GetUtcNow().AddMinutes(5));
        await host.SignalAsync(Journal.A, "add", "now");
        Assert.Equal("now", await host.EntriesAsync(Journal.A, 1));

        host.Time.Advance(TimeSpan.FromMinutes(4));
        await host.SignalAsync(Journal.A, "add", "later");
        Assert.Equal("now later", await host.EntriesAsync(Journal.A, 2));

        host.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("now later delayed", await host.EntriesAsync(Journal.A, 3));
    }

    [Fact]
    public async Task Delayed_signals_are_applied_in_the_order_of_their_times()
    {
        await using var host = await Host().With(_journal).StartAsync();
        await host.SignalAsync(Journal.A, "add", "third", host.Time.GetUtcNow().AddMinutes(3));
        await host.SignalAsync(Journal.A, "add", "first", host.Time.GetUtcNow().AddMinutes(1));
        await host.SignalAsync(Journal.A, "add", "second", host.Time.GetUtcNow().AddMinutes(2));

        host.Time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal("first second third", await host.EntriesAsync(Journal.A, 3));
    }

    [Fact]
    public async Task A_signal_whose_time_has_passed_overtakes_no_earlier_one()
    {
        await using var host = await Host().With(_journal)
            .Entity("Relay", operation =>
            {
                operation.Context.SignalEntity(Journal.A, "add", "5");
                operation.Context.SignalEntity(Journal.A, "add", "6", DateTimeOffset.UnixEpoch);
                operation.State.SetState("relayed");
                return default;
            })
            .Orchestrator("Write", async context =>
            {
                await context.Entities.SignalEntityAsync(Journal.A, "add", "3");
                await context.Entities.SignalEntityAsync(Journal.A, "add", "4", DateTimeOffset.UnixEpoch);
                return "";
            })
            .StartAsync();
        await host.SignalAsync(Journal.A, "hold", "0");
        await host.SignalAsync(Journal.A, "add", "1");
        await host.SignalAsync(Journal.A, "add", "2", DateTimeOffset.UnixEpoch);
        await host.RunAsync("Write");
        await host.SignalAsync(new EntityInstanceId("Relay", ""), "go");
        await EngineHost.UntilAsync(async () => await host.Client.Entities.GetEntityAsync(new EntityInstanceId("Relay", "")) is not null);
        _journal.LetGo();

        Assert.Equal("0 1 2 3 4 5 6", await host.EntriesAsync(Journal.A, 7));
    }

    [Fact]
    public async Task What_waits_for_an_entity_keeps_its_order_over_a_crash()
    {
        await using var host = await Host().With(_journal).StartAsync();
        await host.SignalAsync(Journal.A, "hold", "held");
        await host.SignalAsync(Journal.A, "add", "1");
        await host.SignalAsync(Journal.A, "add", "delayed", host.Time.GetUtcNow().AddMinutes(1));
        await host.SignalAsync(Journal.A, "add", "2");
        host.CrashHere();
        _journal.LetGo();
        await host.RestartFromCrashAsync(host.Functions);

        Assert.Equal("held 1 2", await host.EntriesAsync(Journal.A, 3));
        host.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("held 1 2 delayed", await host.EntriesAsync(Journal.A, 4));
    }
}
