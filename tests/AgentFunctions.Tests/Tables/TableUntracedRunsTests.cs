using AgentFunctions.Runs;
using AgentFunctions.Storage;
using AgentFunctions.Tests.Storage;
using static AgentFunctions.Tests.Tables.FaultyTransport;

namespace AgentFunctions.Tests.Tables;

/// <summary>Finished runs whose trace is not whole, in tables.</summary>
[RequiresAzurite]
[Collection(AzuriteTests.Name)]
public sealed class TableUntracedRunsTests(AzuriteFixture azurite) : UntracedRunsBehaviour
{
    private readonly string _prefix = AzuriteFixture.NewPrefix();

    public override Task DisposeAsync() => Task.CompletedTask;

    protected override async Task<(IRunStore Runs, IUntracedRuns Untraced)> OpenAsync() => await OpenAsync(null) is var store ? (store, store) : default;

    protected override Task CloseAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_run_that_was_marked_before_a_crash_took_it_off_the_list_is_taken_off_by_the_next_reader()
    {
        using (var crashing = new FaultyTransport())
        {
            var store = await OpenAsync(crashing);
            await store.CreateAsync(Samples.Run("r1"), [], []);
            await store.CommitAsync(new RunCommit("r1", "finish", "1")
            {
                Events = [Samples.Event(RunEventTypes.Complete)],
                Change = run => run with { Status = RunStatus.Completed, TraceIncomplete = true },
            });
            crashing.FailNext(Fault.Crash, "DELETE", _prefix + "Lists");
            await Assert.ThrowsAsync<InvalidOperationException>(() => store.MarkTracedAsync("r1"));
        }

        using var counting = new FaultyTransport();
        var after = await OpenAsync(counting);
        Assert.Empty(await after.ListUntracedAsync(10));
        var requests = counting.Requests;
        Assert.Empty(await after.ListUntracedAsync(10));
        Assert.Equal(1, counting.Requests - requests); // the list alone: nothing is in it
    }

    [Fact]
    public async Task Asking_for_no_runs_reads_no_list_for_ever() => Assert.Empty(await (await OpenAsync(null)).ListUntracedAsync(0));

    private Task<TableRunStore> OpenAsync(FaultyTransport? transport) => TableStores.OpenAsync(azurite, _prefix, transport?.Options);
}
