// The disk is full: what was acknowledged stays, what could not be stored waits, and space is all it needs to go on.
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;

namespace AgentFunctions.Tests.Faults;

public abstract class FullDiskBehaviour
{
    private static readonly string _large = new('x', 300_000); // more than the log has room for

    private readonly TaskCompletionSource _second = new();
    private readonly TaskCompletionSource _release = new();
    private readonly List<string> _runs = [];

    [Fact]
    public async Task An_activity_that_ends_while_the_disk_is_full_is_recorded_once_there_is_space_and_not_run_again()
    {
        await using var scene = await BeginAsync();
        var host = scene.Host;

        await scene.FillAsync();
        _release.SetResult();
        await host.UntilStorageFailsAsync();

        await scene.FreeAsync();
        await host.WhileTimePassesAsync(() => host.EndOfAsync("run"));
        Assert.Equal(["first", "second", "third"], _runs);
        Assert.Equal(_large.Length + 2, (await host.EndOfAsync("run")).ReadOutputAs<int>());
    }

    [Fact]
    public async Task While_the_disk_is_full_a_start_is_refused_with_what_to_do_and_reads_are_answered()
    {
        await using var scene = await BeginAsync();
        var host = scene.Host;
        await scene.FillAsync();

        var refusal = await Assert.ThrowsAsync<StorageException>(
            () => host.Client.ScheduleNewOrchestrationInstanceAsync("Steps", _large, new StartOrchestrationOptions("refused")));
        Assert.Contains("Free space", refusal.Message, StringComparison.Ordinal);
        Assert.NotNull(await host.Client.GetInstanceAsync("run"));
        Assert.Null(await host.Client.GetInstanceAsync("refused"));

        await scene.FreeAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Steps", _large, new StartOrchestrationOptions("accepted"));
        _release.SetResult();
        await host.WhileTimePassesAsync(() => Task.WhenAll(host.EndOfAsync("run"), host.EndOfAsync("accepted")));
    }

    [Fact]
    public async Task A_stop_while_the_disk_is_full_ends_and_the_next_start_goes_on()
    {
        await using var scene = await BeginAsync();
        var host = scene.Host;
        await scene.FillAsync();
        _release.SetResult();
        await host.UntilStorageFailsAsync();

        await host.StopAsync(new CancellationToken(canceled: true)).WaitAsync(EngineHost.Patience);
        await scene.FreeAsync();
        await host.StartAsync();

        await host.WhileTimePassesAsync(() => host.EndOfAsync("run"));
        // Its result was never stored, so it was delivered again; what was stored was not.
        Assert.Equal(["first", "second", "second", "third"], _runs);
    }

    private protected abstract Task<Scene> OpenAsync();

    /// <summary>With a run in its second activity, which goes on when the test says so.</summary>
    private async Task<Scene> BeginAsync()
    {
        var scene = await StartAsync();
        await scene.Host.Client.ScheduleNewOrchestrationInstanceAsync("Steps", null, new StartOrchestrationOptions("run"));
        await _second.Task.WaitAsync(EngineHost.Patience);
        return scene;
    }

    private async Task<Scene> StartAsync()
    {
        var scene = await OpenAsync();
        await scene.Host
            .Activity<string?>("First", _ => Ran("first", "a"))
            .AsyncActivity<string?>("Second", async _ =>
            {
                Ran("second", "b");
                _second.TrySetResult();
                await _release.Task;
                return _large;
            })
            .Activity<string?>("Third", _ => Ran("third", "c"))
            .Orchestrator("Steps", async context =>
                (await context.CallActivityAsync<string>("First")).Length
                + (await context.CallActivityAsync<string>("Second")).Length
                + (await context.CallActivityAsync<string>("Third")).Length)
            .StartAsync();
        return scene;
    }

    private string Ran(string name, string result)
    {
        lock (_runs)
        {
            _runs.Add(name);
        }
        return result;
    }

    /// <summary>A host whose storage can be filled and freed.</summary>
    private protected sealed class Scene(EngineHost host, Func<Task> fill, Func<Task> free, IDisposable? disk = null) : IAsyncDisposable
    {
        public EngineHost Host => host;

        public Task FillAsync() => fill();

        public Task FreeAsync() => free();

        public async ValueTask DisposeAsync()
        {
            await host.DisposeAsync();
            disk?.Dispose();
        }
    }
}

/// <summary>On a disk of its own.</summary>
[RequiresSmallDisk]
public sealed class FullDiskTests : FullDiskBehaviour
{
    private protected override Task<Scene> OpenAsync()
    {
        var disk = new SmallDisk();
        return Task.FromResult(new Scene(new EngineHost { Folder = disk.Path }, () => Task.Run(disk.Fill), () => Task.Run(disk.Free), disk));
    }
}

/// <summary>Where no disk can be mounted: SQLite's own limit gives the same error at the same places.</summary>
public sealed class FullDatabaseTests : FullDiskBehaviour
{
    private protected override Task<Scene> OpenAsync()
    {
        var host = new EngineHost();
        return Task.FromResult(new Scene(host, () => LimitAsync("page_count"), () => LimitAsync("1000000")));

        Task LimitAsync(string pages) => host.TryUseDatabaseAsync(async database =>
        {
            var limit = pages == "page_count" ? await database.ReadAsync(c => c.QueryFirst("PRAGMA page_count", row => row.GetInt64(0))) : long.Parse(pages);
            await database.WriteAsync(c => { c.ExecuteScript($"PRAGMA max_page_count = {limit}"); });
        });
    }
}
