// The SQLite stores under the suites of all stores.
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Local.Storage;
using AgentFunctions.Runs;
using AgentFunctions.Sessions;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Traces;

namespace AgentFunctions.Tests.Storage;

public sealed class SqliteRunStoreTests : RunStoreBehaviour, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<SqliteDatabase> _open = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_cursor_of_the_run_list_is_refused_by_the_session_list()
    {
        await CreateAsync(Samples.Run("r1"));
        await CreateAsync(Samples.Run("r2"));
        var cursor = (await Runs.ListAsync(new RunQuery(Limit: 1))).NextCursor;
        await Assert.ThrowsAsync<FormatException>(() => Sessions.ListAsync(new SessionQuery(Cursor: cursor)));
    }

    protected override Task<RunStores> OpenAsync()
    {
        var database = SqliteDatabase.Open(_folder.File("state.db"));
        _open.Add(database);
        StateSchema.Apply(database);
        return Task.FromResult(new RunStores(new SqliteRunStore(database), new SqliteSessionStore(database), new SqliteDefinitionStore(database)));
    }

    protected override async Task CloseAsync()
    {
        foreach (var database in _open)
        {
            await database.DisposeAsync();
        }
        _open.Clear();
    }
}

public sealed class SqliteUntracedRunsTests : UntracedRunsBehaviour
{
    private readonly TemporaryFolder _folder = new();
    private SqliteDatabase _database = null!;

    protected override Task<(IRunStore Runs, IUntracedRuns Untraced)> OpenAsync()
    {
        _database = SqliteDatabase.Open(_folder.File("state.db"));
        StateSchema.Apply(_database);
        var store = new SqliteRunStore(_database);
        return Task.FromResult<(IRunStore, IUntracedRuns)>((store, store));
    }

    protected override async Task CloseAsync() => await _database.DisposeAsync();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}

public sealed class SqliteTraceStoreTests : TraceStoreBehaviour
{
    private readonly SqliteTraces _traces = new();

    [Fact]
    public async Task A_span_that_cannot_be_written_spoils_no_later_write()
    {
        var span = SpanSamples.Root(1);
        await Assert.ThrowsAnyAsync<Exception>(() => Traces.UpsertAsync([span.With("not a number", double.NaN)]));
        await Traces.UpsertAsync([span]);
        Assert.Equal(span.Name, Assert.Single(await Traces.GetTraceAsync(span.TraceId, 10)).Name);
    }

    protected override async Task<ITraceStore> OpenAsync() => (await _traces.OpenAsync()).Store;

    protected override Task CloseAsync() => _traces.CloseAsync();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _traces.Dispose();
    }
}

public sealed class SqliteTraceQueriesTests : TraceQueriesBehaviour
{
    private readonly SqliteTraces _traces = new();

    protected override Task<TraceStores> OpenAsync() => _traces.OpenAsync();

    protected override Task CloseAsync() => _traces.CloseAsync();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _traces.Dispose();
    }
}

public sealed class SqliteTraceRetentionTests : TraceRetentionBehaviour
{
    private readonly SqliteTraces _traces = new();

    protected override Task<TraceStores> OpenAsync() => _traces.OpenAsync();

    protected override Task CloseAsync() => _traces.CloseAsync();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _traces.Dispose();
    }
}

/// <summary>A traces.db in a folder of its own.</summary>
internal sealed class SqliteTraces : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private SqliteDatabase _database = null!;

    public Task<TraceStores> OpenAsync()
    {
        _database = SqliteDatabase.Open(_folder.File("traces.db"));
        TraceSchema.Apply(_database);
        var store = new SqliteTraceStore(_database);
        return Task.FromResult(new TraceStores(store, store, store));
    }

    public async Task CloseAsync() => await _database.DisposeAsync();

    public void Dispose() => _folder.Dispose();
}
