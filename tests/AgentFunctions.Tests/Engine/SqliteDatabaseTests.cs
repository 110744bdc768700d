using AgentFunctions.Embedded.Sqlite;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Tests.Engine;

public sealed class SqliteDatabaseTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private SqliteDatabase _database = null!;

    public Task InitializeAsync()
    {
        _database = SqliteDatabase.Open(_folder.File("test.db"));
        _database.Migrate("numbers", ["CREATE TABLE numbers (value INTEGER PRIMARY KEY)"]);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _database.DisposeAsync();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_loaded_SQLite_names_its_version_and_is_new_enough()
    {
        var library = SqliteNative.Load();
        Assert.True(Version.Parse(library.Version) >= new Version(3, 35), library.ToString());
    }

    [Fact]
    public async Task An_acknowledged_write_is_seen_by_the_next_read()
    {
        await _database.WriteAsync(connection => Insert(connection, 1));
        Assert.Equal([1], await ReadNumbersAsync(_database));
    }

    [Fact]
    public async Task Writes_that_wait_share_one_commit_and_are_all_acknowledged()
    {
        using var gate = new ManualResetEventSlim();
        var blocker = _database.WriteAsync(_ => gate.Wait());
        var writes = Enumerable.Range(1, 50).Select(n => _database.WriteAsync(connection =>
        {
            Insert(connection, n);
            return connection.QueryFirst("SELECT count(*) FROM numbers", row => row.GetInt32(0));
        })).ToList();
        var unseen = await ReadNumbersAsync(_database);
        gate.Set();
        await blocker;

        Assert.Empty(unseen);
        Assert.Equal(Enumerable.Range(1, 50), await Task.WhenAll(writes));
        Assert.Equal(50, (await ReadNumbersAsync(_database)).Count);
    }

    [Fact]
    public async Task A_write_that_fails_rolls_back_alone()
    {
        using var gate = new ManualResetEventSlim();
        var blocker = _database.WriteAsync(_ => gate.Wait());
        var before = _database.WriteAsync(connection => Insert(connection, 1));
        var failing = _database.WriteAsync(connection =>
        {
            Insert(connection, 2);
            Insert(connection, 1);
        });
        var after = _database.WriteAsync(connection => Insert(connection, 3));
        gate.Set();

        await Task.WhenAll(blocker, before, after);
        await Assert.ThrowsAsync<SqliteException>(() => failing);
        Assert.Equal([1, 3], await ReadNumbersAsync(_database));
    }

    [Fact]
    public async Task A_group_whose_transaction_is_lost_fails_as_a_whole()
    {
        using var gate = new ManualResetEventSlim();
        var blocker = _database.WriteAsync(_ => gate.Wait());
        var first = _database.WriteAsync(connection => Insert(connection, 1));
        var losing = _database.WriteAsync(connection =>
        {
            connection.Execute("ROLLBACK"); // what SQLite itself does when the disk is full
            throw new IOException("disk full");
        });
        gate.Set();

        await Assert.ThrowsAsync<IOException>(() => losing);
        await Assert.ThrowsAsync<IOException>(() => first);
        await _database.WriteAsync(connection => Insert(connection, 4));
        Assert.Equal([4], await ReadNumbersAsync(_database));
    }

    [Fact]
    public async Task A_cancelled_write_that_waits_is_withdrawn()
    {
        using var gate = new ManualResetEventSlim();
        using var cancellation = new CancellationTokenSource();
        var blocker = _database.WriteAsync(_ => gate.Wait());
        var withdrawn = _database.WriteAsync(connection => Insert(connection, 1), cancellation.Token);
        cancellation.Cancel();
        gate.Set();

        await blocker;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => withdrawn);
        Assert.Empty(await ReadNumbersAsync(_database));
    }

    [Fact]
    public async Task A_read_connection_cannot_write() =>
        await Assert.ThrowsAsync<SqliteException>(
            () => _database.ReadAsync(connection => connection.Execute("DELETE FROM numbers")));

    [Fact]
    public async Task A_continuation_does_not_run_on_the_writer_thread()
    {
        using var gate = new ManualResetEventSlim();
        var write = _database.WriteAsync(_ => { gate.Wait(); return Environment.CurrentManagedThreadId; });
        var continuation = write.ContinueWith(
            _ => Environment.CurrentManagedThreadId, default, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        gate.Set();
        Assert.NotEqual(await write, await continuation);
    }

    [Fact]
    public async Task Closing_commits_what_is_queued_and_then_refuses_writes()
    {
        var write = _database.WriteAsync(connection => Insert(connection, 1));
        await _database.DisposeAsync();
        await write;

        await Assert.ThrowsAsync<ObjectDisposedException>(() => _database.WriteAsync(connection => Insert(connection, 2)));
        await using var reopened = SqliteDatabase.Open(_database.Path);
        Assert.Equal([1], await ReadNumbersAsync(reopened));
    }

    [Fact]
    public async Task A_migration_runs_once_and_a_failing_one_leaves_nothing_behind()
    {
        string[] migrations = ["CREATE TABLE notes (id INTEGER)", "CREATE TABLE half (id INTEGER); INSERT INTO missing VALUES (1);"];
        Assert.Throws<SqliteException>(() => _database.Migrate("notes", migrations));
        migrations[1] = "CREATE TABLE half (id INTEGER)";
        _database.Migrate("notes", migrations);
        _database.Migrate("notes", migrations);

        var versions = await _database.ReadAsync(connection =>
            connection.Query("SELECT component, version FROM schema_versions ORDER BY component", row => (row.GetString(0), row.GetInt32(1))));
        Assert.Equal([("notes", 2), ("numbers", 1)], versions);
    }

    [Fact]
    public void A_file_written_by_a_newer_program_is_refused()
    {
        _database.Migrate("notes", ["CREATE TABLE a (id INTEGER)", "CREATE TABLE b (id INTEGER)"]);
        var refusal = Assert.Throws<StorageException>(() => _database.Migrate("notes", ["CREATE TABLE a (id INTEGER)"]));
        Assert.Contains("version 2 of 'notes'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--data", refusal.Message, StringComparison.Ordinal);
    }

    private static void Insert(SqliteConnection connection, int number) =>
        connection.Execute("INSERT INTO numbers (value) VALUES (@value)", ("@value", number));

    private static Task<List<int>> ReadNumbersAsync(SqliteDatabase database) =>
        database.ReadAsync(connection => connection.Query("SELECT value FROM numbers ORDER BY value", row => row.GetInt32(0)));
}
