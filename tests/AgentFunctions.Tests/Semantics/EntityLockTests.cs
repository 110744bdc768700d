using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// Locks and critical sections: Microsoft Learn, "Durable entities" (entity coordination, critical section rules), and
/// DurableTask.Core's OrchestrationEntityContext. Azure keeps the lock of a terminated orchestration; here it is let go.
/// </summary>
public class EntityLockTests : SemanticsTests
{
    private readonly Journal _journal = new();

    /// <summary>Holds both entities from "locked" on until the event "go", with a call of each inside.</summary>
    private static async Task<string> HoldAsync(TaskOrchestrationContext context)
    {
        await using (await context.Entities.LockEntitiesAsync(Journal.B, Journal.A, Journal.A))
        {
            await context.Entities.CallEntityAsync(Journal.A, "add", "in");
            await context.Entities.CallEntityAsync(Journal.B, "add", "in");
            await context.WaitForExternalEvent<string>("go");
            await context.Entities.CallEntityAsync(Journal.A, "add", "out");
        }
        return await context.Entities.CallEntityAsync<string>(Journal.A, "get");
    }

    private Task<EngineHost> StartAsync() => Host().With(_journal).Orchestrator("Hold", HoldAsync).StartAsync();

    private static async Task<string> HoldingAsync(EngineHost host)
    {
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Hold");
        await host.EntriesAsync(Journal.B, 1);
        return id;
    }

    [Fact]
    public async Task A_locked_entity_serves_only_the_holder_and_then_the_others_in_order()
    {
        await using var host = await StartAsync();
        var holder = await HoldingAsync(host);
        await host.SignalAsync(Journal.A, "add", "1");
        await host.SignalAsync(Journal.A, "add", "2");
        await host.Client.RaiseEventAsync(holder, "go", "!");

        await host.EndOfAsync(holder);

        Assert.Equal("in out 1 2", await host.EntriesAsync(Journal.A, 4));
    }

    [Fact]
    public async Task Locks_and_who_waits_for_them_outlive_a_restart()
    {
        await using var host = await StartAsync();
        var first = await HoldingAsync(host);
        var second = await host.Client.ScheduleNewOrchestrationInstanceAsync("Hold");
        await host.UntilHistoryHasAsync(second, "EventSent");

        await host.RestartAsync();
        Assert.Equal(first, (await host.Client.Entities.GetEntityAsync(Journal.A))!.LockedBy);
        await host.Client.RaiseEventAsync(first, "go", "!");
        await host.Client.RaiseEventAsync(second, "go", "!");

        await host.EndOfAsync(first);
        await host.EndOfAsync(second);
        Assert.Equal("in out in out", await host.EntriesAsync(Journal.A, 4));
        await EngineHost.UntilAsync(async () => (await host.Client.Entities.GetEntityAsync(Journal.A))!.LockedBy is null);
    }

    [Fact]
    public async Task Orchestrations_that_lock_the_same_entities_in_any_order_all_finish()
    {
        await using var host = await Host().With(_journal)
            .Orchestrator("Both", async context =>
            {
                EntityInstanceId[] order = context.GetInput<int>() % 2 == 0 ? [Journal.A, Journal.B] : [Journal.B, Journal.A];
                await using (await context.Entities.LockEntitiesAsync(order))
                {
                    await context.Entities.CallEntityAsync(order[0], "add", "x");
                    await context.Entities.CallEntityAsync(order[1], "add", "x");
                }
                return "";
            })
            .StartAsync();
        var ids = new List<string>();
        foreach (var n in Enumerable.Range(0, 12))
        {
            ids.Add(await host.Client.ScheduleNewOrchestrationInstanceAsync("Both", n));
        }

        await Task.WhenAll(ids.Select(host.EndOfAsync));

        Assert.Equal(12, (await host.EntriesAsync(Journal.A, 12)).Split(' ').Length);
        Assert.Equal(12, (await host.EntriesAsync(Journal.B, 12)).Split(' ').Length);
    }

    [Theory]
    [InlineData("complete")]
    [InlineData("fail")]
    [InlineData("continue as new")]
    [InlineData("terminate")]
    public async Task A_lock_is_let_go_when_its_orchestration_ends_without_leaving_the_section(string end)
    {
        await using var host = await Host().With(_journal)
            .Orchestrator("Keep", async context =>
            {
                if (context.GetInput<string>() == "again")
                {
                    return await context.WaitForExternalEvent<string>("never");
                }
                await context.Entities.LockEntitiesAsync(Journal.A); // and never disposed
                await context.Entities.CallEntityAsync(Journal.A, "add", "in");
                switch (context.GetInput<string>())
                {
                    case "fail":
                        throw new InvalidOperationException("inside");
                    case "terminate":
                        return await context.WaitForExternalEvent<string>("never");
                    case "continue as new":
                        context.ContinueAsNew("again");
                        return "";
                    default:
                        return "done";
                }
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Keep", end);
        await host.EntriesAsync(Journal.A, 1);
        if (end == "terminate")
        {
            await host.Client.TerminateInstanceAsync(id);
        }

        await host.SignalAsync(Journal.A, "add", "next");

        Assert.Equal("in next", await host.EntriesAsync(Journal.A, 2));
        await EngineHost.UntilAsync(async () => (await host.Client.Entities.GetEntityAsync(Journal.A))!.LockedBy is null);
    }

    [Fact]
    public async Task A_lock_is_released_once_and_a_second_section_may_follow()
    {
        await using var host = await Host().With(_journal)
            .Orchestrator("Twice", async context =>
            {
                var first = await context.Entities.LockEntitiesAsync(Journal.A);
                await first.DisposeAsync();
                await using (await context.Entities.LockEntitiesAsync(Journal.A))
                {
                    await first.DisposeAsync(); // is over already
                    return context.Entities.InCriticalSection();
                }
            })
            .StartAsync();

        Assert.True((await host.RunAsync("Twice")).ReadOutputAs<bool>());
    }

    [Fact]
    public async Task The_section_tells_which_locked_entities_may_be_called_now()
    {
        await using var host = await Host().With(_journal)
            .Orchestrator("Ask", async context =>
            {
                var seen = new List<string> { Available() };
                await using (await context.Entities.LockEntitiesAsync(Journal.A, Journal.B))
                {
                    seen.Add(Available());
                    var call = context.Entities.CallEntityAsync(Journal.A, "add", "x");
                    seen.Add(Available());
                    await call;
                    seen.Add(Available());
                }
                seen.Add(Available());
                return string.Join(" | ", seen);

                string Available() => context.Entities.InCriticalSection(out var ids) ? "in " + string.Join(' ', ids.OrderBy(id => id.Key)) : "out";
            })
            .StartAsync();

        Assert.Equal(
            "out | in @journal@a @journal@b | in @journal@b | in @journal@a @journal@b | out",
            (await host.RunAsync("Ask")).ReadOutputAs<string>());
    }

    [Theory]
    [InlineData("lock", "from within another one")]
    [InlineData("call", "does not lock it")]
    [InlineData("call twice", "while an earlier call is pending")]
    [InlineData("signal", "cannot be signalled")]
    [InlineData("sub-orchestration", "sub-orchestration cannot be called")]
    public async Task Inside_a_section_what_could_end_in_a_deadlock_is_refused(string action, string reason)
    {
        await using var host = await Host().With(_journal)
            .Orchestrator("Break", async context =>
            {
                await using (await context.Entities.LockEntitiesAsync(Journal.A))
                {
                    return (await Assert.ThrowsAsync<InvalidOperationException>(() => TryAsync(context, context.GetInput<string>()!))).Message;
                }
            })
            .StartAsync();

        Assert.Contains(reason, (await host.RunAsync("Break", action)).ReadOutputAs<string>()!, StringComparison.Ordinal);

        static async Task TryAsync(TaskOrchestrationContext context, string action)
        {
            switch (action)
            {
                case "lock": await context.Entities.LockEntitiesAsync(Journal.B); break;
                case "call": await context.Entities.CallEntityAsync(Journal.B, "get"); break;
                case "signal": await context.Entities.SignalEntityAsync(Journal.A, "get"); break;
                case "sub-orchestration": await context.CallSubOrchestratorAsync("Break"); break;
                default:
                    _ = context.Entities.CallEntityAsync(Journal.A, "get");
                    await context.Entities.CallEntityAsync(Journal.A, "get");
                    break;
            }
        }
    }

    [Theory]
    [InlineData("call", "while a lock request is pending")]
    [InlineData("signal", "cannot be signalled")]
    [InlineData("lock", "from within another one")]
    public async Task The_rules_hold_from_the_request_on_and_not_only_from_the_grant(string action, string reason)
    {
        await using var host = await Host().With(_journal)
            .Orchestrator("Break", async context =>
            {
                var request = context.Entities.LockEntitiesAsync(Journal.A);
                var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => context.GetInput<string>() switch
                {
                    "call" => context.Entities.CallEntityAsync(Journal.A, "get"),
                    "signal" => context.Entities.SignalEntityAsync(Journal.A, "get"),
                    _ => context.Entities.LockEntitiesAsync(Journal.B),
                });
                await (await request).DisposeAsync();
                return refused.Message;
            })
            .StartAsync();

        Assert.Contains(reason, (await host.RunAsync("Break", action)).ReadOutputAs<string>()!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inside_a_section_other_entities_may_be_signalled_and_activities_called()
    {
        await using var host = await Host().With(_journal)
            .Activity<string>("Echo", text => text)
            .Orchestrator("Work", async context =>
            {
                await using (await context.Entities.LockEntitiesAsync(Journal.A))
                {
                    await context.Entities.SignalEntityAsync(Journal.B, "add", await context.CallActivityAsync<string>("Echo", "signalled"));
                }
                return "";
            })
            .StartAsync();
        await host.RunAsync("Work");

        Assert.Equal("signalled", await host.EntriesAsync(Journal.B, 1));
    }

    [Fact]
    public async Task A_failed_call_leaves_the_section_as_it_is_and_the_entity_may_be_called_again()
    {
        await using var host = await Host().With(_journal)
            .Orchestrator("Try", async context =>
            {
                await using (await context.Entities.LockEntitiesAsync(Journal.A))
                {
                    await Assert.ThrowsAsync<EntityOperationFailedException>(() => context.Entities.CallEntityAsync(Journal.A, "fail", "x"));
                    await context.Entities.CallEntityAsync(Journal.A, "add", "after");
                    return await context.Entities.CallEntityAsync<string>(Journal.A, "get");
                }
            })
            .StartAsync();

        Assert.Equal("after", (await host.RunAsync("Try")).ReadOutputAs<string>());
    }
}
