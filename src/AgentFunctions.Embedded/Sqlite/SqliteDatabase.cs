using Microsoft.Data.Sqlite;

namespace AgentFunctions.Embedded.Sqlite;

/// <summary>
/// One SQLite file in WAL mode: one writer thread with group commit, and a small pool of readers.
/// </summary>
/// <remarks>
/// A write is acknowledged (its task completes) only after COMMIT, so what was acknowledged is durable.
/// A read that starts after that sees it.
/// </remarks>
public sealed class SqliteDatabase : IAsyncDisposable
{
    private readonly SqliteWriter _writer;
    private readonly SqliteReaders _readers;
    private int _disposed;

    private SqliteDatabase(string path, SqliteWriter writer, SqliteReaders readers) =>
        (Path, _writer, _readers) = (path, writer, readers);

    /// <summary>The full path of the database file.</summary>
    public string Path { get; }

    /// <summary>Opens the file, creating it if it is missing; its folder must exist.</summary>
    /// <exception cref="StorageException">The file cannot be used.</exception>
    public static SqliteDatabase Open(string path, SqliteDatabaseOptions? options = null)
    {
        SqliteNative.Load();
        options ??= new SqliteDatabaseOptions();
        path = System.IO.Path.GetFullPath(path);
        var name = System.IO.Path.GetFileName(path);
        var writer = Connect(path, options, $"PRAGMA journal_mode = WAL; PRAGMA synchronous = {(int)options.Synchronous}");
        var readers = new SqliteReaders(() => Connect(path, options, "PRAGMA query_only = 1"), options.ReadConnections, name);
        return new SqliteDatabase(path, new SqliteWriter(writer, options.MaxGroupSize, name), readers);
    }

    /// <summary>
    /// Brings a component's tables up to date: runs the scripts that the file has not seen, in order, each in its own transaction.
    /// A script is never edited once released; a change is a new script at the end.
    /// </summary>
    /// <exception cref="StorageException">The file was written by a newer version of this program.</exception>
    public void Migrate(string component, IReadOnlyList<string> migrations)
    {
        var version = Write(connection => SchemaVersions.Get(connection, component));
        if (version > migrations.Count)
        {
            throw new StorageException(
                $"{Path} holds version {version} of '{component}', but this program knows versions up to {migrations.Count}. " +
                "A newer version of the program wrote it: run that version, or point --data at another folder.");
        }
        for (; version < migrations.Count; version++)
        {
            var (script, next) = (migrations[version], version + 1);
            Write(connection =>
            {
                connection.ExecuteScript(script);
                return SchemaVersions.Set(connection, component, next);
            });
        }
    }

    /// <summary>
    /// Runs <paramref name="work"/> on the writer thread and completes after it is committed.
    /// Writes that are waiting share one transaction; one that throws is rolled back alone and its task fails.
    /// </summary>
    /// <param name="work">Must not wait for another write: there is one writer.</param>
    /// <param name="cancellation">Withdraws a write that has not started; one that has started is finished.</param>
    public Task<T> WriteAsync<T>(Func<SqliteConnection, T> work, CancellationToken cancellation = default) =>
        _writer.EnqueueAsync(work, committed: null, cancellation);

    /// <inheritdoc cref="WriteAsync{T}(Func{SqliteConnection, T}, CancellationToken)"/>
    /// <param name="committed">Called on the writer thread once the write is committed: it must neither wait nor throw.</param>
    internal Task<T> WriteAsync<T>(Func<SqliteConnection, T> work, Action<T> committed, CancellationToken cancellation = default) =>
        _writer.EnqueueAsync(work, committed, cancellation);

    /// <inheritdoc cref="WriteAsync{T}(Func{SqliteConnection, T}, CancellationToken)"/>
    public Task WriteAsync(Action<SqliteConnection> work, CancellationToken cancellation = default) =>
        WriteAsync(connection => { work(connection); return true; }, cancellation);

    /// <summary>Runs <paramref name="query"/> against one consistent snapshot. It cannot write.</summary>
    public Task<T> ReadAsync<T>(Func<SqliteConnection, T> query, CancellationToken cancellation = default) =>
        _readers.ReadAsync(query, cancellation);

    /// <summary>Commits what is queued, then closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }
        await _writer.DisposeAsync();
        await _readers.DisposeAsync();
    }

    private T Write<T>(Func<SqliteConnection, T> work) => WriteAsync(work).GetAwaiter().GetResult();

    private static SqliteConnection Connect(string path, SqliteDatabaseOptions options, string settings)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            ForeignKeys = true,
            Pooling = false, // this class is the pool, and closing must let go of the file
            DefaultTimeout = Math.Max(1, (int)options.BusyTimeout.TotalSeconds),
        }.ToString());
        try
        {
            connection.Open();
            connection.Execute($"PRAGMA busy_timeout = {(int)options.BusyTimeout.TotalMilliseconds}");
            connection.ExecuteScript(settings);
            SqliteTextFunctions.Add(connection);
            return connection;
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw StorageException.Explain(e, path);
        }
    }
}
