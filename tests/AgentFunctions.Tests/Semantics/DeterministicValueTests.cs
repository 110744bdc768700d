using System.Security.Cryptography;
using System.Text;
using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// Ids, time and loggers of an orchestrator. From the documentation of Durable Functions, "Orchestrator function code constraints",
/// and NewGuid, CurrentUtcDateTime and CreateReplaySafeLogger of microsoft/durabletask-dotnet.
/// </summary>
public class DeterministicValueTests : SemanticsTests
{
    [Fact]
    public async Task Ids_are_of_version_5_made_of_instance_time_and_number()
    {
        await using var host = await Host()
            .Orchestrator("Ids", context => Task.FromResult(new List<Guid> { context.NewGuid(), context.NewGuid() }))
            .StartAsync();
        var now = host.Time.GetUtcNow().UtcDateTime;

        var ids = (await host.RunAsync("Ids", instanceId: "one")).ReadOutputAs<List<Guid>>()!;

        Assert.Equal([Version5($"one_{now:o}_0"), Version5($"one_{now:o}_1")], ids);
    }

    [Fact]
    public async Task Ids_and_times_are_the_same_after_a_restart()
    {
        await using var host = await Host()
            .Orchestrator("Values", async context =>
            {
                var values = new List<string> { Values(context) };
                await context.CreateTimer(TimeSpan.FromMinutes(1), CancellationToken.None);
                values.Add(Values(context));
                context.SetCustomStatus(values.ToList());
                await context.WaitForExternalEvent<string>("go");
                return values;
            })
            .StartAsync();
        var id = await host.BeginAsync("Values");
        await host.PassTimerAsync(id, earlier: 0);
        await EngineHost.UntilAsync(async () => (await host.Client.GetInstanceAsync(id, true))!.SerializedCustomStatus is not null);
        var before = (await host.Client.GetInstanceAsync(id, true))!.ReadCustomStatusAs<List<string>>();
        await host.RestartAsync();
        await host.Client.RaiseEventAsync(id, "go", "!");

        var after = (await host.EndOfAsync(id)).ReadOutputAs<List<string>>()!;
        Assert.Equal(before, after);
        Assert.Equal(2, after.Distinct().Count());
    }

    [Fact]
    public async Task Time_stands_still_within_a_step_and_is_the_clocks_at_the_next()
    {
        FakeTime clock = null!;
        await using var host = await Host()
            .Orchestrator("Clock", async context =>
            {
                var start = context.CurrentUtcDateTime;
                if (!context.IsReplaying)
                    clock.Advance(TimeSpan.FromMinutes(7)); // what a slow step does
                var within = context.CurrentUtcDateTime - start;
                await context.WaitForExternalEvent<string>("go");
                return $"{start.Kind} {within.TotalMinutes} {(context.CurrentUtcDateTime - start).TotalMinutes}";
            })
            .StartAsync();
        clock = host.Time;
        var id = await host.BeginAsync("Clock");
        await host.UntilStatusAsync(id, OrchestrationRuntimeStatus.Running);
        await host.Client.RaiseEventAsync(id, "go", "!");

        Assert.Equal("Utc 0 7", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_replay_safe_logger_writes_each_line_once_however_often_the_code_runs()
    {
        await using var host = await Host()
            .Activity<string>("Nothing", _ => null)
            .Orchestrator("Talk", async context =>
            {
                var log = context.CreateReplaySafeLogger("Talk");
                Say(log, "begins");
                await context.CallActivityAsync("Nothing");
                Say(log, "waits");
                await context.WaitForExternalEvent<string>("go");
                Say(context.ReplaySafeLoggerFactory.CreateLogger("Talk"), "ends");
                return 0;
            })
            .StartAsync();
        var id = await host.BeginAsync("Talk");
        await host.UntilHistoryHasAsync(id, "TaskCompleted");
        await host.RestartAsync();
        await host.Client.RaiseEventAsync(id, "go", "!");
        await host.EndOfAsync(id);

        Assert.Equal(["begins", "waits", "ends"], host.Log.All.Where(line => line.Id == SaidId).Select(line => line.Text));
    }

    [Fact]
    public async Task Code_that_runs_again_after_a_restart_is_replaying_until_it_is_where_it_was()
    {
        var seen = new List<bool>();
        await using var host = await Host()
            .Orchestrator<int>("Watch", async context =>
            {
                seen.Add(context.IsReplaying);
                await context.WaitForExternalEvent<string>("go");
                seen.Add(context.IsReplaying);
                throw new FormatException("the end"); // an orchestration that completed would be replayed once more, as a check
            })
            .StartAsync();
        var id = await host.BeginAsync("Watch");
        await host.UntilStatusAsync(id, OrchestrationRuntimeStatus.Running);
        await host.RestartAsync();
        await host.Client.RaiseEventAsync(id, "go", "!");
        await host.EndOfAsync(id);

        Assert.Equal([false, true, false], seen);
    }

    private const int SaidId = 90_001;

    private static void Say(ILogger log, string what) =>
        log.Log(LogLevel.Information, new EventId(SaidId), what, null, (text, _) => text);

    private static string Values(TaskOrchestrationContext context) => $"{context.NewGuid()} {context.CurrentUtcDateTime:o}";

    private static Guid Version5(string name)
    {
        var space = Guid.Parse("9e952958-5e33-4daf-827f-2fa12937b875").ToByteArray(bigEndian: true);
#pragma warning disable CA5350 // version 5 is defined on SHA-1
        var hash = SHA1.HashData([.. space, .. Encoding.UTF8.GetBytes(name)])[..16];
#pragma warning restore CA5350
        (hash[6], hash[8]) = ((byte)(0x50 | (hash[6] & 0x0F)), (byte)(0x80 | (hash[8] & 0x3F)));
        return new Guid(hash, bigEndian: true);
    }
}
