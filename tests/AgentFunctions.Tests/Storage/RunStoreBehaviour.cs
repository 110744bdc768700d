// What every run store promises, whatever it is made of: one suite, inherited by each store's tests.
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Sessions;

namespace AgentFunctions.Tests.Storage;

/// <summary>The stores of one place, opened together.</summary>
public sealed record RunStores(IRunStore Runs, ISessionStore Sessions, IDefinitionStore Definitions);

/// <summary>
/// The behaviour of <see cref="IRunStore"/>, <see cref="ISessionStore"/> and <see cref="IDefinitionStore"/>. A store's tests
/// inherit it and say how to open the store; each test gets an empty place of its own.
/// </summary>
public abstract partial class RunStoreBehaviour : IAsyncLifetime
{
    private RunStores _stores = null!;

    protected IRunStore Runs => _stores.Runs;

    protected ISessionStore Sessions => _stores.Sessions;

    protected IDefinitionStore Definitions => _stores.Definitions;

    public async Task InitializeAsync() => _stores = await OpenAsync();

    public virtual Task DisposeAsync() => CloseAsync();

    /// <summary>Opens the stores on the test's own place, empty at first. A second call opens it again beside the first, as another process would.</summary>
    protected abstract Task<RunStores> OpenAsync();

    /// <summary>Closes everything that <see cref="OpenAsync"/> opened and keeps the place.</summary>
    protected abstract Task CloseAsync();

    /// <summary>What a restart of the process does.</summary>
    protected async Task ReopenAsync()
    {
        await CloseAsync();
        _stores = await OpenAsync();
    }

    [Fact]
    public async Task A_definition_is_read_back_under_its_hash()
    {
        var definition = Samples.Definition("weather");
        await Definitions.PutAsync(definition);
        await Definitions.PutAsync(definition);
        await ReopenAsync();

        var stored = await Definitions.GetAsync(definition.Hash);
        Assert.Equal(definition.Hash, stored!.Hash);
        Assert.Equal(AgentJson.Serialize(definition), AgentJson.Serialize(stored));
    }

    [Fact]
    public async Task A_hash_that_was_never_stored_has_no_definition()
    {
        await Definitions.PutAsync(Samples.Definition("weather"));
        Assert.Null(await Definitions.GetAsync(Samples.Definition("other").Hash));
    }

    /// <summary>Creates a run with no events and no messages.</summary>
    protected async Task<RunRecord> CreateAsync(RunRecord run)
    {
        var creation = await Runs.CreateAsync(run, [], []);
        Assert.True(creation.Created);
        return creation.Run;
    }

    /// <summary>Commits the end of a run: its last message, its row and its terminal event.</summary>
    protected Task<CommitOutcome> FinishAsync(RunRecord run, RunStatus status = RunStatus.Completed, RunUsage? usage = null, decimal? cost = null) =>
        Runs.CommitAsync(new RunCommit(run.RunId, "finish", "{}")
        {
            Events = [Samples.Event(RunEventTypes.Complete)],
            Change = row => row with
            {
                Status = status,
                FinishedAt = row.CreatedAt.AddMinutes(1),
                Usage = usage ?? RunUsage.None,
                CostUsd = cost,
            },
        });

    protected async Task<List<RunEvent>> ReadLogAsync(string runId) => [.. await Runs.ReadEventsAsync(runId, after: 0, limit: 10_000)];
}
