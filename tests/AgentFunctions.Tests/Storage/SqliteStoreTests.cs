// The SQLite stores under the suites of all stores.
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Local.Storage;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Traces;

namespace AgentFunctions.Tests.Storage;

public sealed class SqliteRunStoreTests : RunStoreBehaviour, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<SqliteDatabase> _open = [];

    public void Dispose() => _folder.Dispose();

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

public sealed class SqliteTraceStoreTests : TraceStoreBehaviour, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private SqliteDatabase _database = null!;

    public void Dispose() => _folder.Dispose();

    protected override Task<ITraceStore> OpenAsync()
    {
        _database = SqliteDatabase.Open(_folder.File("traces.db"));
        TraceSchema.Apply(_database);
        return Task.FromResult<ITraceStore>(new SqliteTraceStore(_database));
    }

    protected override async Task CloseAsync() => await _database.DisposeAsync();
}
