using System.Text.Json;
using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// External events. From the documentation of Durable Functions, "External events", and WaitForExternalEvent, CompleteExternalEvent
/// and NamedQueue of TaskOrchestrationContextWrapper in microsoft/durabletask-dotnet 1.25.0. Documentation says of several waits
/// "first in, first out", which is so for events that came before the waits; open waits are a stack there, and here.
/// </summary>
public class ExternalEventTests : SemanticsTests
{
    [Fact]
    public async Task An_event_completes_the_wait_for_its_name_and_no_other()
    {
        await using var host = await Host()
            .Orchestrator("Two", async context =>
            {
                var (left, right) = (context.WaitForExternalEvent<int>("left"), context.WaitForExternalEvent<int>("right"));
                var first = await Task.WhenAny(left, right);
                return first == right ? $"right {await right}, left {await left}" : "left first";
            })
            .StartAsync();
        var id = await host.BeginAsync("Two");
        await host.Client.RaiseEventAsync(id, "right", 1);
        await host.UntilHistoryHasAsync(id, "EventRaised");
        await host.Client.RaiseEventAsync(id, "left", 2);

        Assert.Equal("right 1, left 2", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Events_that_came_before_the_wait_are_taken_in_the_order_of_their_arrival()
    {
        await using var host = await Host()
            .Orchestrator("Collect", async context =>
            {
                await context.WaitForExternalEvent<string>("go");
                var waits = Enumerable.Range(0, 3).Select(_ => context.WaitForExternalEvent<int>("number")).ToList();
                return await Task.WhenAll(waits);
            })
            .StartAsync();
        var id = await host.BeginAsync("Collect");
        foreach (var number in new[] { 1, 2, 3 })
            await host.Client.RaiseEventAsync(id, "number", number);
        await host.UntilHistoryHasAsync(id, "EventRaised", 3);
        await host.RestartAsync();
        await host.Client.RaiseEventAsync(id, "go", "!");

        Assert.Equal([1, 2, 3], (await host.EndOfAsync(id)).ReadOutputAs<List<int>>()!);
    }

    [Fact]
    public async Task Of_several_open_waits_of_one_name_the_newest_gets_the_next_event()
    {
        await using var host = await Host()
            .Orchestrator("Stack", async context =>
            {
                var waits = new[] { "oldest", "middle", "newest" }.ToDictionary(_ => context.WaitForExternalEvent<int>("number"));
                var order = new List<string>();
                while (waits.Count > 0)
                {
                    var first = await Task.WhenAny(waits.Keys);
                    waits.Remove(first, out var which);
                    order.Add($"{which} {await first}");
                }
                return order;
            })
            .StartAsync();
        var id = await host.BeginAsync("Stack");
        foreach (var number in new[] { 1, 2, 3 })
            await host.Client.RaiseEventAsync(id, "number", number);

        Assert.Equal(["newest 1", "middle 2", "oldest 3"], (await host.EndOfAsync(id)).ReadOutputAs<string[]>()!);
    }

    [Theory]
    [InlineData("APPROVED")]
    [InlineData("approved")]
    public async Task Names_of_events_compare_without_case(string raised)
    {
        await using var host = await Host()
            .Orchestrator("Wait", context => context.WaitForExternalEvent<string>("Approved"))
            .StartAsync();
        var id = await host.BeginAsync("Wait");
        await host.Client.RaiseEventAsync(id, raised, "by ada");

        Assert.Equal("by ada", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Open_waits_of_one_name_must_agree_on_the_type()
    {
        await using var host = await Host()
            .Orchestrator<string>("Mixed", async context =>
            {
                _ = context.WaitForExternalEvent<int>("number");
                return await context.WaitForExternalEvent<string>("Number");
            })
            .StartAsync();

        var failure = (await host.RunAsync("Mixed")).FailureDetails!;

        Assert.Equal(typeof(ArgumentException).FullName, failure.ErrorType);
        Assert.Contains("waited for as System.Int32", failure.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wait_that_times_out_throws_TaskCanceledException()
    {
        await using var host = await Host().Orchestrator("Impatient", Impatient).StartAsync();
        var id = await host.BeginAsync("Impatient");
        await host.PassTimerAsync(id, earlier: 0);

        Assert.Equal(nameof(TaskCanceledException), (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_event_within_the_time_cancels_the_time_out()
    {
        await using var host = await Host().Orchestrator("Impatient", Impatient).StartAsync();
        var id = await host.BeginAsync("Impatient");
        await host.UntilHistoryHasAsync(id, "TimerCreated");
        host.Time.Advance(TimeSpan.FromSeconds(59));
        await host.Client.RaiseEventAsync(id, "answer", "yes");

        Assert.Equal("yes", (await host.EndOfAsync(id)).ReadOutputAs<string>()); // it ended, so the timer was cancelled
        Assert.DoesNotContain("TimerFired", await host.EventTypesAsync(id));
    }

    [Fact]
    public async Task An_event_that_was_there_before_wins_over_a_time_out_of_zero()
    {
        await using var host = await Host()
            .Orchestrator("Peek", async context =>
            {
                await context.WaitForExternalEvent<string>("go");
                return await context.WaitForExternalEvent<string>("answer", TimeSpan.Zero);
            })
            .StartAsync();
        var id = await host.BeginAsync("Peek");
        await host.Client.RaiseEventAsync(id, "answer", "yes");
        await host.Client.RaiseEventAsync(id, "go", "!");

        Assert.Equal("yes", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_wait_whose_token_is_cancelled_throws_and_an_event_of_that_name_goes_to_the_next_wait()
    {
        await using var host = await Host()
            .Orchestrator("Cancel", async context =>
            {
                using var stop = new CancellationTokenSource();
                var wait = context.WaitForExternalEvent<string>("answer", stop.Token);
                await context.WaitForExternalEvent<string>("stop");
                stop.Cancel();
                var cancelled = await CaughtAsync(wait);
                await context.WaitForExternalEvent<string>("go"); // the answer comes while nobody waits for it: in Azure it is lost
                return $"{cancelled}, {await context.WaitForExternalEvent<string>("answer")}";
            })
            .StartAsync();
        var id = await host.BeginAsync("Cancel");
        string[] names = ["stop", "answer", "go"];
        for (var sent = 0; sent < names.Length; sent++)
        {
            await host.Client.RaiseEventAsync(id, names[sent], names[sent]);
            await host.UntilHistoryHasAsync(id, "EventRaised", sent + 1);
        }

        Assert.Equal("TaskCanceledException, answer", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_event_for_an_instance_that_has_not_begun_waits_for_it()
    {
        await using var host = await Host().Orchestrator("Wait", context => context.WaitForExternalEvent<string>("go")).StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync(
            "Wait", null, new StartOrchestrationOptions(StartAt: host.Time.GetUtcNow().AddHours(1)));
        await host.Client.RaiseEventAsync(id, "go", "early");
        await host.UntilHistoryHasAsync(id, "EventRaised");
        Assert.Equal(OrchestrationRuntimeStatus.Pending, await host.StatusAsync(id));

        host.Time.Advance(TimeSpan.FromHours(1));

        Assert.Equal("early", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Theory]
    [InlineData("ended")]
    [InlineData("nobody")]
    public async Task An_event_that_an_orchestration_sends_to_an_ended_or_unknown_one_is_dropped(string receiver)
    {
        await using var host = await Host()
            .Orchestrator("Done", _ => Task.FromResult("done"))
            .Orchestrator("Send", context =>
            {
                context.SendEvent(receiver, "news", "unheard");
                return Task.FromResult("sent");
            })
            .StartAsync();
        await host.RunAsync("Done", instanceId: "ended");

        Assert.Equal("sent", (await host.RunAsync("Send")).ReadOutputAs<string>());
        Assert.Null(await host.Client.GetInstanceAsync("nobody"));
    }

    [Fact]
    public async Task An_orchestration_can_send_an_event_to_itself()
    {
        await using var host = await Host()
            .Orchestrator("Echo", async context =>
            {
                var wait = context.WaitForExternalEvent<string>("echo");
                context.SendEvent(context.InstanceId, "echo", "hello");
                return await wait;
            })
            .StartAsync();

        Assert.Equal("hello", (await host.RunAsync("Echo")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_payload_that_does_not_fit_the_type_throws_at_the_await()
    {
        await using var host = await Host()
            .Orchestrator("Number", async context =>
            {
                try
                {
                    return $"{await context.WaitForExternalEvent<int>("number")}";
                }
                catch (JsonException)
                {
                    return "no number";
                }
            })
            .StartAsync();
        var id = await host.BeginAsync("Number");
        await host.Client.RaiseEventAsync(id, "number", "one");

        Assert.Equal("no number", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    private static Task<string> Impatient(TaskOrchestrationContext context) =>
        CaughtAsync(context.WaitForExternalEvent<string>("answer", TimeSpan.FromMinutes(1)));

    private static async Task<string> CaughtAsync(Task<string> wait)
    {
        try
        {
            return await wait;
        }
        catch (OperationCanceledException e)
        {
            return e.GetType().Name;
        }
    }
}
