// Another program holds the database's lock for longer than we wait: a backup, a shell.
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Tests.Engine;
using Microsoft.Data.Sqlite;
using Microsoft.DurableTask;

namespace AgentFunctions.Tests.Faults;

public sealed class BusyDatabaseTests
{
    [Fact]
    public async Task A_lock_held_too_long_refuses_writes_with_what_to_do_and_what_waits_goes_on_after_it()
    {
        var runs = 0;
        var running = new TaskCompletionSource();
        var release = new TaskCompletionSource<object?>();
        await using var host = await new EngineHost { DatabaseOptions = new() { BusyTimeout = TimeSpan.FromMilliseconds(50) } }
            .AsyncActivity<string?>("Work", _ =>
            {
                runs++;
                running.SetResult();
                return release.Task;
            })
            .Orchestrator("One", context => context.CallActivityAsync<string>("Work"))
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("One");
        await running.Task.WaitAsync(EngineHost.Patience);

        using (var shell = new SqliteConnection($"Data Source={host.StatePath};Pooling=False"))
        {
            shell.Open();
            shell.ExecuteScript("BEGIN IMMEDIATE");
            release.SetResult("done");
            await host.UntilStorageFailsAsync();
            var refusal = await Assert.ThrowsAsync<StorageException>(() => host.Client.ScheduleNewOrchestrationInstanceAsync("One"));
            Assert.Contains("Another program", refusal.Message, StringComparison.Ordinal);
            Assert.Equal(id, (await host.Client.GetInstanceAsync(id))!.InstanceId);
            shell.ExecuteScript("ROLLBACK");
        }

        await host.WhileTimePassesAsync(() => host.EndOfAsync(id));
        Assert.Equal("done", (await host.EndOfAsync(id)).ReadOutputAs<string>());
        Assert.Equal(1, runs);
    }
}
