// More work than can be done at once: the limits of host.json hold, little of it begins, and who comes last does not wait for all.
using AgentFunctions.Embedded.Engine;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Tests.EndToEnd;
using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;

namespace AgentFunctions.Tests.Faults;

public sealed class BackPressureTests
{
    internal const string MaxActivities = "AzureFunctionsJobHost:extensions:durableTask:maxConcurrentActivityFunctions";
    internal const string MaxOrchestrators = "AzureFunctionsJobHost:extensions:durableTask:maxConcurrentOrchestratorFunctions";

    private const int Steps = 3;

    private readonly TaskCompletionSource _open = new();
    private readonly List<string> _order = []; // instance of each step that was done

    [Theory]
    [InlineData(MaxActivities, "0")]
    [InlineData(MaxActivities, "lots")]
    [InlineData(MaxOrchestrators, "-1")]
    public async Task A_limit_that_is_no_number_above_0_stops_the_start_and_is_named(string key, string value)
    {
        await using var host = new EngineHost { Settings = { [key] = value } };

        var refusal = await Assert.ThrowsAsync<InvalidDataException>(host.StartAsync);

        Assert.Contains($"host.json: extensions.durableTask.{key[(key.LastIndexOf(':') + 1)..]} is '{value}'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_executable_names_a_bad_limit_in_one_line_and_ends()
    {
        using var folder = new TempFolder();
        var (exitCode, output) = await AppProcess.RunToEndAsync(
            ["serve", "--data", folder.Path, "--urls", "http://127.0.0.1:0"],
            new Dictionary<string, string> { [MaxActivities.Replace(":", "__", StringComparison.Ordinal)] = "lots" });

        Assert.Equal((2, "host.json: extensions.durableTask.maxConcurrentActivityFunctions is 'lots'. Give a whole number above 0."), (exitCode, output.Trim()));
    }

    [Fact]
    public async Task No_more_orchestrators_run_at_the_same_time_than_host_json_allows()
    {
        var (inside, most) = (0, 0);
        using var two = new CountdownEvent(2);
        await using var host = await new EngineHost { Settings = { [MaxOrchestrators] = "2" } }
            .Orchestrator("Count", _ =>
            {
                var now = Interlocked.Increment(ref inside);
                lock (two)
                {
                    most = Math.Max(most, now);
                }
                if (!two.IsSet)
                {
                    two.Signal();
                }
                two.Wait(EngineHost.Patience); // so that both places are taken at once
                Interlocked.Decrement(ref inside);
                return Task.FromResult(true);
            })
            .StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => host.RunAsync("Count")));

        Assert.Equal(2, most);
    }

    [Fact]
    public async Task A_run_started_while_ten_thousand_wait_gets_its_turn_and_few_of_them_have_begun()
    {
        await using var host = await StartAsync();
        await QueueAsync(host, 10_000);

        await host.Client.ScheduleNewOrchestrationInstanceAsync("Steps", null, new StartOrchestrationOptions("interactive"));
        _open.SetResult();

        await host.EndOfAsync("interactive");
        Assert.InRange(StepsBefore("interactive"), Steps - 1, 150); // of 30,000
        Assert.InRange(await BegunAsync(host), 1, 150);
    }

    [Fact]
    public async Task So_it_is_after_a_restart()
    {
        await using var host = await StartAsync();
        await QueueAsync(host, 500);
        await host.StopAsync(new CancellationToken(canceled: true));
        await host.StartAsync();

        await host.Client.ScheduleNewOrchestrationInstanceAsync("Steps", null, new StartOrchestrationOptions("interactive"));
        _open.SetResult();

        await host.EndOfAsync("interactive");
        Assert.InRange(StepsBefore("interactive"), Steps - 1, 150); // of 1,500
    }

    [Fact]
    public async Task All_that_was_queued_ends_the_oldest_not_last()
    {
        await using var host = await StartAsync();
        await QueueAsync(host, 200);
        _open.SetResult();

        await Task.WhenAll(Enumerable.Range(0, 200).Select(n => host.EndOfAsync($"queued-{n}")));

        Assert.Equal(200 * Steps, _order.Count);
        Assert.InRange(StepsBefore("queued-20"), 0, 200); // about the fortieth to begin
        Assert.InRange(StepsBefore("queued-199"), 0, 100);
    }

    [Fact]
    public async Task An_orchestration_that_fans_out_to_thousands_holds_nobody_up()
    {
        await using var host = await StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Fan", 3_000, new StartOrchestrationOptions("fan"));
        await host.UntilHistoryHasAsync("fan", "TaskScheduled", 3_000);
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Steps", null, new StartOrchestrationOptions("interactive"));
        await host.UntilHistoryHasAsync("interactive", "TaskScheduled");
        _open.SetResult();

        await host.EndOfAsync("interactive");

        Assert.InRange(_order.IndexOf("interactive"), 0, 10); // of 3,000 that waited before it
    }

    private Task<EngineHost> StartAsync()
    {
        var host = new EngineHost { Settings = { [MaxActivities] = "2", [MaxOrchestrators] = "2" } };
        host.Functions.AddActivity("Step", async invocation =>
        {
            await _open.Task;
            lock (_order)
            {
                _order.Add(invocation.InstanceId);
            }
            return null;
        });
        return host
            .Orchestrator("Steps", async context =>
            {
                for (var step = 0; step < Steps; step++)
                {
                    await context.CallActivityAsync("Step");
                }
                return true;
            })
            .Orchestrator("Fan", async context =>
            {
                await Task.WhenAll(Enumerable.Range(0, context.GetInput<int>()).Select(_ => context.CallActivityAsync("Step")));
                return true;
            })
            .StartAsync();
    }

    private static Task QueueAsync(EngineHost host, int count) => Task.WhenAll(Enumerable.Range(0, count).Select(n =>
        host.Client.ScheduleNewOrchestrationInstanceAsync("Steps", null, new StartOrchestrationOptions($"queued-{n}"))));

    private static Task<long> BegunAsync(EngineHost host) => host.Database.ReadAsync(connection => connection.QueryFirst(
        "SELECT count(*) FROM instances WHERE status <> @pending", row => row.GetInt64(0), ("@pending", (int)InstanceStatus.Pending)));

    /// <summary>How many steps of all were done before the instance's last.</summary>
    private int StepsBefore(string instanceId)
    {
        lock (_order)
        {
            return _order.LastIndexOf(instanceId);
        }
    }
}
