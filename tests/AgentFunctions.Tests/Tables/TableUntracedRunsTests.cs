using AgentFunctions.Runs;
using AgentFunctions.Storage;
using AgentFunctions.Tests.Storage;
using static AgentFunctions.Tests.Tables.FaultyTransport;

namespace AgentFunctions.Tests.Tables;

/// <summary>Finished runs whose trace is not whole, in tables.</summary>
[RequiresAzurite]
[Collection(AzuriteTests.Name)]
public sealed class TableUntracedRunsTests(AzuriteFixture azurite) : IDisposable
{
    private readonly string _prefix = AzuriteFixture.NewPrefix();
    private readonly FaultyTransport _transport = new();

    public void Dispose() => _transport.Dispose();

    [Fact]
    public async Task Finished_runs_without_a_whole_trace_are_listed_oldest_first_and_up_to_the_limit()
    {
        var store = await OpenAsync();
        await FinishAsync(store, Samples.Run("late", minute: 3), traceIncomplete: true);
        await FinishAsync(store, Samples.Run("whole", minute: 1), traceIncomplete: false);
        await FinishAsync(store, Samples.Run("early", minute: 0), traceIncomplete: true);
        await store.CreateAsync(Samples.Run("unfinished", minute: 2) with { TraceIncomplete = true }, [], []);

        Assert.Equal(["early", "late"], await ListAsync(store, limit: 10));
        Assert.Equal(["early"], await ListAsync(store, limit: 1));
        Assert.Empty(await ListAsync(store, limit: 0));
    }

    [Fact]
    public async Task A_run_whose_trace_is_whole_now_leaves_the_list_and_nothing_else_of_it_changes()
    {
        var store = await OpenAsync();
        await FinishAsync(store, Samples.Run("r1"), traceIncomplete: true);
        var before = await store.GetAsync("r1");

        await store.MarkTracedAsync("r1");
        await store.MarkTracedAsync("r1");

        Assert.Empty(await ListAsync(store, limit: 10));
        Assert.Equal(before! with { TraceIncomplete = false }, await store.GetAsync("r1"));
    }

    [Fact]
    public async Task Marking_an_unfinished_or_unknown_run_changes_nothing()
    {
        var store = await OpenAsync();
        await store.CreateAsync(Samples.Run("r1") with { TraceIncomplete = true }, [], []);
        await store.MarkTracedAsync("r1");
        await store.MarkTracedAsync("none");

        Assert.True((await store.GetAsync("r1"))!.TraceIncomplete);
        Assert.Null(await store.GetAsync("none"));
    }

    [Fact]
    public async Task A_run_that_was_marked_before_a_crash_took_it_off_the_list_is_taken_off_by_the_next_reader()
    {
        var store = await OpenAsync(_transport);
        await FinishAsync(store, Samples.Run("r1"), traceIncomplete: true);
        _transport.FailNext(Fault.Crash, "DELETE", _prefix + "Lists");
        await Assert.ThrowsAsync<InvalidOperationException>(() => store.MarkTracedAsync("r1"));

        using var reading = new FaultyTransport();
        var after = await OpenAsync(reading);
        Assert.Empty(await ListAsync(after, limit: 10));
        var requests = reading.Requests;
        Assert.Empty(await ListAsync(after, limit: 10));
        Assert.Equal(1, reading.Requests - requests); // the list alone: nothing is in it
    }

    private static async Task FinishAsync(TableRunStore store, RunRecord run, bool traceIncomplete)
    {
        await store.CreateAsync(run, [], []);
        await store.CommitAsync(new RunCommit(run.RunId, "finish", "1")
        {
            Events = [Samples.Event(RunEventTypes.Complete)],
            Change = row => row with { Status = RunStatus.Completed, FinishedAt = Samples.Start, TraceIncomplete = traceIncomplete },
        });
    }

    private static async Task<IEnumerable<string>> ListAsync(TableRunStore store, int limit) => (await store.ListUntracedAsync(limit)).Select(run => run.RunId);

    private Task<TableRunStore> OpenAsync(FaultyTransport? transport = null) => TableStores.OpenAsync(azurite, _prefix, transport?.Options);
}
