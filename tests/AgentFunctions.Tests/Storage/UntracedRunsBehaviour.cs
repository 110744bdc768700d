// What every run store promises about runs whose trace is not whole: one suite, inherited by each store's tests.
using AgentFunctions.Runs;

namespace AgentFunctions.Tests.Storage;

/// <summary>The behaviour of <see cref="IUntracedRuns"/>; inherited like <see cref="RunStoreBehaviour"/>.</summary>
public abstract class UntracedRunsBehaviour : IAsyncLifetime
{
    private IRunStore _runs = null!;
    private IUntracedRuns _untraced = null!;

    public async Task InitializeAsync() => (_runs, _untraced) = await OpenAsync();

    public virtual Task DisposeAsync() => CloseAsync();

    /// <summary>Opens the store on the test's own place, empty at first.</summary>
    protected abstract Task<(IRunStore Runs, IUntracedRuns Untraced)> OpenAsync();

    /// <summary>Closes everything that <see cref="OpenAsync"/> opened and keeps the place.</summary>
    protected abstract Task CloseAsync();

    [Fact]
    public async Task Finished_runs_whose_trace_is_not_whole_are_listed_oldest_first_and_up_to_the_limit()
    {
        foreach (var (id, minute) in new[] { ("r3", 3), ("r1", 1), ("r2", 2) })
        {
            await FinishAsync(id, minute, incomplete: true);
        }
        await FinishAsync("whole", 0, incomplete: false);
        await _runs.CreateAsync(Samples.Run("unfinished") with { TraceIncomplete = true }, [], []);

        Assert.Equal(["r1", "r2", "r3"], await ListAsync(10));
        Assert.Equal(["r1", "r2"], await ListAsync(2));
    }

    [Fact]
    public async Task A_run_that_is_marked_as_traced_is_listed_no_more_and_is_else_unchanged()
    {
        var run = await FinishAsync("r1", 1, incomplete: true);
        await _untraced.MarkTracedAsync("r1");
        Assert.Empty(await ListAsync(10));
        Assert.Equal(run with { TraceIncomplete = false }, await _runs.GetAsync("r1"));
    }

    [Fact]
    public async Task A_run_that_is_unfinished_or_unknown_is_not_marked()
    {
        var run = Samples.Run("r1") with { TraceIncomplete = true };
        await _runs.CreateAsync(run, [], []);
        await _untraced.MarkTracedAsync("r1");
        await _untraced.MarkTracedAsync("unknown");
        Assert.Equal(run, await _runs.GetAsync("r1"));
        Assert.Null(await _runs.GetAsync("unknown"));
    }

    private async Task<RunRecord> FinishAsync(string id, int minute, bool incomplete)
    {
        await _runs.CreateAsync(Samples.Run(id, minute), [], []);
        await _runs.CommitAsync(new RunCommit(id, "end", "{}") { Change = run => run with { Status = RunStatus.Completed, TraceIncomplete = incomplete } });
        return (await _runs.GetAsync(id))!;
    }

    private async Task<List<string>> ListAsync(int limit) => [.. (await _untraced.ListUntracedAsync(limit)).Select(run => run.RunId)];
}
