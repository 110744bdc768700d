// The audit log on SQLite under the suite of every audit log.
using AgentFunctions.Audit;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Local.Storage;
using AgentFunctions.Tests.Engine;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Tests.Audit;

public sealed class SqliteAuditLogTests : AuditLogBehaviour
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<SqliteDatabase> _open = [];

    public override async Task DisposeAsync()
    {
        foreach (var database in _open)
            await database.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IAuditLog> OpenAsync()
    {
        var database = SqliteDatabase.Open(_folder.File("audit.db"));
        _open.Add(database);
        AuditSchema.Apply(database);
        return Task.FromResult<IAuditLog>(new SqliteAuditLog(database));
    }

    [Theory]
    [InlineData("UPDATE audit SET details = '{}' WHERE sequence = 1")]
    [InlineData("DELETE FROM audit WHERE sequence = 1")]
    public async Task A_record_cannot_be_changed_or_removed_by_mistake(string sql)
    {
        await Log.AppendAsync(new AuditEntry { Kind = "custom.a", At = DateTimeOffset.UnixEpoch });
        var refusal = await Assert.ThrowsAsync<SqliteException>(() => _open[0].WriteAsync(connection => connection.Execute(sql)));
        Assert.Contains("append-only", refusal.Message, StringComparison.Ordinal);
    }

    protected override Task ChangeDetailsAsync(long sequence, string details) =>
        WriteAsync(c => c.Execute("UPDATE audit SET details = @details WHERE sequence = @sequence", ("@details", details), ("@sequence", sequence)));

    protected override Task RemoveAsync(long sequence) => WriteAsync(c => c.Execute("DELETE FROM audit WHERE sequence = @sequence", ("@sequence", sequence)));

    protected override Task SwapAsync(long a, long b) => WriteAsync(c =>
    {
        c.Execute("UPDATE audit SET sequence = -1 WHERE sequence = @a", ("@a", a));
        c.Execute("UPDATE audit SET sequence = @a WHERE sequence = @b", ("@a", a), ("@b", b));
        c.Execute("UPDATE audit SET sequence = @b WHERE sequence = -1", ("@b", b));
    });

    protected override Task InsertAsync(AuditRecord record) => WriteAsync(c => c.Execute(
        "INSERT INTO audit (sequence, kind, at, details, previous_hash, hash) VALUES (@sequence, @kind, @at, @details, @previous, @hash)",
        ("@sequence", record.Sequence), ("@kind", record.Kind), ("@at", record.At.UtcTicks), ("@details", record.DetailsJson),
        ("@previous", record.PreviousHash), ("@hash", record.Hash)));

    protected override Task CutEndAsync(AuditRecord newLast) => WriteAsync(c =>
    {
        c.Execute("DELETE FROM audit WHERE sequence > @sequence", ("@sequence", newLast.Sequence));
        c.Execute("UPDATE audit_head SET sequence = @sequence, hash = @hash", ("@sequence", newLast.Sequence), ("@hash", newLast.Hash));
    });

    protected override Task ForgeTrimAsync(AuditRecord through) => WriteAsync(c =>
    {
        c.Execute("UPDATE audit_head SET trimmed_sequence = @sequence, trimmed_hash = @hash", ("@sequence", through.Sequence), ("@hash", through.Hash));
        c.Execute("DELETE FROM audit WHERE sequence <= @sequence", ("@sequence", through.Sequence));
    });

    // Whoever writes to the file can also drop its triggers.
    private Task WriteAsync(Action<SqliteConnection> work) => _open[0].WriteAsync(connection =>
    {
        connection.ExecuteScript("DROP TRIGGER IF EXISTS audit_is_never_changed; DROP TRIGGER IF EXISTS audit_is_only_trimmed;");
        work(connection);
    });
}
