using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Agents;
using AgentFunctions.Http;
using AgentFunctions.Local.Storage;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Runs;
using AgentFunctions.Traces;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;

namespace AgentFunctions.Tests.Telemetry;

/// <summary>A trace that could not be made whole when its run ended is marked, found and completed.</summary>
[Collection(TelemetryTests.Name)]
public sealed class TraceCompletenessTests
{
    [Fact]
    public async Task The_end_of_a_run_says_that_its_trace_is_whole()
    {
        await using var host = await TracingHost.StartAsync();

        Assert.True(await host.Tracer.FinishAsync(Sample.Run(), Sample.Agent, CancellationToken.None));
    }

    [Fact]
    public async Task The_end_of_a_run_says_so_when_its_stores_fail()
    {
        await using var host = await TracingHost.StartAsync();
        host.Runs.Fails = true;

        Assert.False(await host.Tracer.FinishAsync(Sample.Run(), Sample.Agent, CancellationToken.None));
    }

    [Fact]
    public async Task The_end_of_a_run_says_so_when_its_root_was_given_up()
    {
        await using var host = await TracingHost.StartAsync(new() { Writer = new() { MaxQueueSize = 1, MaxBatchSize = 1 } });
        var gate = host.Traces.Gate = new TaskCompletionSource();
        var chat = RunSpans.Chat(Sample.Run(), Sample.Agent, Sample.FinalAnswer, [], null);
        for (var i = 0; i < 20; i++)
            host.Tracer.Emit(Sample.Run(), chat);
        var finish = host.Tracer.FinishAsync(Sample.Run(), Sample.Agent, CancellationToken.None);
        host.Traces.Failures = int.MaxValue;

        gate.SetResult();

        Assert.False(await finish);
        host.Traces.Failures = 0;
    }

    [Fact]
    public async Task A_repair_writes_what_the_store_lacks_and_exports_nothing()
    {
        await using var host = await TracingHost.StartAsync();
        host.Tracer.Emit(Sample.Run(), RunSpans.Chat(Sample.Run(), Sample.Agent, Sample.FinalAnswer, [], null));
        await host.StoredAsync();

        Assert.True(await host.Tracer.RepairAsync(Sample.Run(), Sample.Agent, CancellationToken.None));

        Assert.Equal((6, 1), (host.Traces.Spans.Count, host.Exported.Spans.Count));
    }

    [Fact]
    public async Task A_repair_that_fails_leaves_the_run_for_the_next_one()
    {
        await using var host = await TracingHost.StartAsync();
        var untraced = new Mock<IUntracedRuns>();
        untraced.Setup(u => u.ListUntracedAsync(It.IsAny<int>(), It.IsAny<CancellationToken>())).ReturnsAsync([Sample.Run()]);
        var repair = new TraceRepair(untraced.Object, Resolver(), host.Tracer, NullLogger<TraceRepair>.Instance);

        host.Traces.Failures = 1;
        await repair.RepairAsync(CancellationToken.None);
        untraced.Verify(u => u.MarkTracedAsync(It.IsAny<string>(), It.IsAny<CancellationToken>()), Times.Never);

        await repair.RepairAsync(CancellationToken.None);
        untraced.Verify(u => u.MarkTracedAsync("run_1", It.IsAny<CancellationToken>()), Times.Once);
        Assert.Equal(6, host.Traces.Spans.Count);
    }

    [Fact]
    public async Task A_run_that_ends_while_the_trace_store_is_broken_is_marked_and_the_sweeper_completes_its_trace()
    {
        await using var services = new RunServices(TimeProvider.System);
        var client = new Mock<DurableTaskClient>("test");
        var run = await services.Get<RunStarter>().StartAsync(
            client.Object, RunKind.Agent, "greeter", new RunRequest { Input = "hi", Hash = "h" }, idempotencyKey: null, traceParent: null, CancellationToken.None);
        _ = services.Get<ITraceStore>();
        await RenameAsync("spans", "spans_gone");

        var finished = await services.Get<RunFinisher>().FinishAsync(Outcome(run), CancellationToken.None);

        Assert.Equal((RunStatus.Completed, true), (finished.Status, finished.TraceIncomplete));
        await RenameAsync("spans_gone", "spans");
        await services.Get<RunSweeper>().SweepAsync(client.Object, CancellationToken.None);

        Assert.False((await services.Runs.GetAsync(run.RunId))!.TraceIncomplete);
        Assert.Equal("invoke_agent greeter", Assert.Single(await services.Get<ITraceStore>().GetTraceAsync(run.TraceId, 10)).Name);

        Task RenameAsync(string from, string to) => services.Get<IServiceProvider>().GetRequiredKeyedService<SqliteDatabase>(StoreServices.TracesDatabase).WriteAsync(
            connection =>
            {
                using var command = connection.CreateCommand();
                command.CommandText = $"PRAGMA legacy_alter_table = ON; ALTER TABLE {from} RENAME TO {to}";
                command.ExecuteNonQuery();
            },
            CancellationToken.None);
    }

    private static RunOutcome Outcome(RunRecord run) => new()
    {
        RunId = run.RunId,
        Status = RunStatus.Completed,
        TerminationReason = "natural",
        Steps = 0,
        Usage = RunUsage.None,
        FinishedAt = run.CreatedAt.AddSeconds(1),
    };

    private static DefinitionResolver Resolver() =>
        new(Mock.Of<IAgentCatalog>(c => c.Agents == new[] { Sample.Agent }), Mock.Of<IDefinitionStore>());
}
