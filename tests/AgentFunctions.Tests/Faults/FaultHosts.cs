using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Tests.Engine;

namespace AgentFunctions.Tests.Faults;

/// <summary>What fault tests wait for.</summary>
internal static class FaultHosts
{
    public const int StorageFailed = 4005;

    private static readonly TimeSpan _step = TimeSpan.FromSeconds(5); // the engine's storage retry
    private static readonly TimeSpan _glance = TimeSpan.FromMilliseconds(20);

    public static Task UntilStorageFailsAsync(this EngineHost host) => host.UntilLoggedAsync(StorageFailed);

    public static Task UntilLoggedAsync(this EngineHost host, int eventId) =>
        EngineHost.UntilAsync(() => Task.FromResult(host.Log.All.Any(line => line.Id == eventId)));

    /// <summary>Moves the clock on, so that what failed is tried again, until the task ends.</summary>
    public static async Task WhileTimePassesAsync(this EngineHost host, Func<Task> begin)
    {
        var task = begin();
        while (!task.IsCompleted)
        {
            host.Time.Advance(_step);
            await task.WaitAsync(_glance).ContinueWith(_ => { }, TaskScheduler.Default); // a glance that sees no end is no error
        }
        await task;
    }

    /// <summary>Does nothing while the host is stopped.</summary>
    public static Task TryUseDatabaseAsync(this EngineHost host, Func<SqliteDatabase, Task> use) =>
        host.IsRunning ? use(host.Database) : Task.CompletedTask;
}
