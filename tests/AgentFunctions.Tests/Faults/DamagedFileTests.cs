// Files that were damaged while nothing ran: a page overwritten, the end of the log cut off, something else in its place.
using System.Text;
using AgentFunctions.Embedded.DurableTask;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Tests.EndToEnd;
using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;

namespace AgentFunctions.Tests.Faults;

public sealed class DamagedFileTests
{
    private const int PageSize = 4096;
    private const string Mark = "the middle of a large input";

    private static readonly string _large = new string('x', 20 * PageSize) + Mark + new string('x', 20 * PageSize);

    [Fact]
    public async Task A_damaged_page_of_the_past_is_told_to_who_reads_it_and_everything_else_goes_on()
    {
        await using var host = await StartAsync();
        await host.RunAsync("Echo", _large, "a-damaged");
        await RunManyAsync(host);
        await ParkAsync(host, "z-sound", "small");
        await host.StopAsync();
        OverwritePagesWith(Mark, host.StatePath);

        await host.StartAsync();

        var failure = await Assert.ThrowsAsync<StorageException>(() => host.Client.GetInstanceAsync("a-damaged", getInputsAndOutputs: true));
        Assert.Contains(".recover", failure.Message, StringComparison.Ordinal);
        await host.Client.RaiseEventAsync("z-sound", "go", "on");
        Assert.Equal("on", (await host.EndOfAsync("z-sound")).ReadOutputAs<string>());
        await ParkAsync(host, "z-new", "small");
        await host.Client.RaiseEventAsync("z-new", "go", "too");
        Assert.Equal("too", (await host.EndOfAsync("z-new")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_damaged_page_of_what_is_to_be_taken_up_stops_the_start_with_what_to_do()
    {
        await using var host = await StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Work", _large, new StartOrchestrationOptions("damaged"));
        await host.UntilHistoryHasAsync("damaged", "TaskScheduled");
        await host.StopAsync(new CancellationToken(canceled: true)); // its activity must be delivered again
        OverwritePagesWith(Mark, host.StatePath);

        var failure = await Assert.ThrowsAsync<StorageException>(host.StartAsync);

        Assert.Contains("state0.db: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(".recover", failure.Message, StringComparison.Ordinal);
    }

    private static Task<EngineHost> StartAsync() => new EngineHost()
        .Orchestrator("Wait", context => context.WaitForExternalEvent<string>("go"))
        .AsyncActivity<string?>("Endless", _ => new TaskCompletionSource<object?>().Task)
        .Orchestrator("Work", context => context.CallActivityAsync<string>("Endless"))
        .Orchestrator("Echo", context => Task.FromResult(context.GetInput<string>()))
        .StartAsync();

    /// <summary>Keeps what came before from what comes after: to find a row SQLite may read its neighbours.</summary>
    private static async Task RunManyAsync(EngineHost host)
    {
        for (var n = 0; n < 40; n++)
        {
            await host.RunAsync("Echo", new string('x', 200), $"m-between-{n}");
        }
    }

    private static async Task ParkAsync(EngineHost host, string instanceId, string input)
    {
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Wait", input, new StartOrchestrationOptions(instanceId));
        await host.UntilHistoryHasAsync(instanceId, "ExecutionStarted");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(PageSize)]
    [InlineData(5 * PageSize)]
    public async Task A_log_that_lost_its_end_is_read_as_far_as_it_goes_and_the_rest_is_done_again(int lost)
    {
        var done = 0;
        await using var host = new EngineHost();
        host.Functions = Chain(step =>
        {
            if (step == 6)
            {
                host.CrashHere();
            }
            Interlocked.Increment(ref done);
        });
        await host.StartAsync();
        await host.RunAsync("Chain", instanceId: "run");
        Assert.Equal(10, done);

        using (var log = File.OpenWrite(host.CrashedPath + "-wal"))
        {
            log.SetLength(log.Length - lost);
        }
        var again = new List<int>();
        await host.RestartFromCrashAsync(Chain(again.Add));

        Assert.Equal(45, (await host.EndOfAsync("run")).ReadOutputAs<int>());
        Assert.Equal([.. Enumerable.Range(again[0], 10 - again[0])], again); // from some step on, each once, in order
        Assert.InRange(again[0], 1, 6);
    }

    [Fact]
    public async Task A_file_that_is_no_database_stops_the_start_with_what_to_do()
    {
        using var folder = new TempFolder();
        folder.Write("state.db", new string('?', 3 * PageSize));

        var (exitCode, output) = await AppProcess.RunToEndAsync(["serve", "--data", folder.Path, "--urls", "http://127.0.0.1:0"]);

        Assert.Equal(2, exitCode);
        Assert.Contains(Path.Combine(folder.Path, "state.db"), output, StringComparison.Ordinal);
        Assert.Contains(".recover", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    private static DurableFunctionRegistry Chain(Action<int> run)
    {
        var functions = new DurableFunctionRegistry();
        functions.AddActivity("Step", invocation =>
        {
            var step = int.Parse(invocation.SerializedInput!);
            run(step);
            return Task.FromResult<object?>(step);
        });
        functions.AddOrchestrator("Chain", async context =>
        {
            var sum = 0;
            for (var step = 0; step < 10; step++)
            {
                sum += await context.CallActivityAsync<int>("Step", step);
            }
            return sum;
        });
        return functions;
    }

    private static void OverwritePagesWith(string text, string path)
    {
        var file = File.ReadAllBytes(path);
        var mark = Encoding.UTF8.GetBytes(text);
        Assert.NotEqual(-1, file.AsSpan().IndexOf(mark));
        for (var at = file.AsSpan().IndexOf(mark); at >= 0; at = file.AsSpan().IndexOf(mark))
        {
            Array.Fill(file, (byte)0xFF, at / PageSize * PageSize, PageSize);
        }
        File.WriteAllBytes(path, file);
    }
}
