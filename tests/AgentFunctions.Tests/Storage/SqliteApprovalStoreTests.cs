// Approvals on SQLite under the suite of all approval stores, and the view that people query.
using AgentFunctions.Approvals;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Local.Storage;
using AgentFunctions.Runs;
using AgentFunctions.Tests.Engine;

namespace AgentFunctions.Tests.Storage;

public sealed class SqliteApprovalStoreTests : ApprovalStoreBehaviour
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<SqliteDatabase> _open = [];

    [Fact]
    public async Task The_view_has_the_columns_of_the_field_and_the_status_of_the_run()
    {
        var store = await OpenAsync();
        await new SqliteRunStore(_open[^1]).CreateAsync(Samples.Run("r1") with { Status = RunStatus.Paused }, [], []);
        await store.OpenAsync(Approval("a1"));

        var row = await _open[^1].ReadAsync(connection => connection.QueryFirst(
            "SELECT status, source_type, pause_type, tool_name, run_status, created_at, source_name FROM agno_approvals WHERE id = 'a1'",
            r => $"{r.GetString(0)} {r.GetString(1)} {r.GetString(2)} {r.GetString(3)} {r.GetString(4)} {r.GetDouble(5)} {r.GetString(6)}"));

        Assert.Equal($"pending agent confirmation refund paused {Samples.Start.ToUnixTimeSeconds()} support", row);
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IApprovalStore> OpenAsync()
    {
        var database = SqliteDatabase.Open(_folder.File("state.db"));
        _open.Add(database);
        StateSchema.Apply(database);
        return Task.FromResult<IApprovalStore>(new SqliteApprovalStore(database));
    }

    protected override async Task CloseAsync()
    {
        foreach (var database in _open)
            await database.DisposeAsync();
        _open.Clear();
    }
}
