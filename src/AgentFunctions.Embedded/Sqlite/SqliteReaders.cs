using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace AgentFunctions.Embedded.Sqlite;

/// <summary>A bounded pool of read connections; each query runs on one of them, in one snapshot, off the caller's thread.</summary>
internal sealed class SqliteReaders(Func<SqliteConnection> connect, int size, string name) : IAsyncDisposable
{
    private readonly SemaphoreSlim _slots = new(size);
    private readonly ConcurrentBag<SqliteConnection> _idle = [];

    public async Task<T> ReadAsync<T>(Func<SqliteConnection, T> query, CancellationToken cancellation)
    {
        await _slots.WaitAsync(cancellation);
        try
        {
            return await Task.Run(() => Read(query), cancellation);
        }
        finally
        {
            _slots.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        for (var slot = 0; slot < size; slot++)
        {
            await _slots.WaitAsync(); // waits for the queries that still run
        }
        foreach (var connection in _idle)
        {
            connection.CloseWithStatements();
        }
        _slots.Dispose();
    }

    private T Read<T>(Func<SqliteConnection, T> query)
    {
        var connection = _idle.TryTake(out var idle) ? idle : connect();
        try
        {
            connection.Execute("BEGIN");
            var result = query(connection);
            connection.Execute("COMMIT"); // also tells of a damaged page whose text was read as nothing
            _idle.Add(connection);
            return result;
        }
        catch (Exception e)
        {
            connection.CloseWithStatements(); // who knows what state it is in; the next read opens another
            if (e is SqliteException { SqliteErrorCode: not raw.SQLITE_READONLY }) // that one is a query that tries to write
            {
                throw StorageException.Explain(e, name);
            }
            throw;
        }
    }
}
