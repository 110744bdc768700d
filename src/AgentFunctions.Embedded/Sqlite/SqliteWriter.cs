using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Embedded.Sqlite;

/// <summary>
/// The one writer of a database. While one commit waits for the disk, arriving writes queue up; the next commit takes them all.
/// </summary>
internal sealed class SqliteWriter : IAsyncDisposable
{
    private readonly BlockingCollection<Write> _queue = [];
    private readonly SqliteConnection _connection; // touched by the writer thread only
    private readonly int _maxGroupSize;
    private readonly string _name;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SqliteWriter(SqliteConnection connection, int maxGroupSize, string name)
    {
        _connection = connection;
        _maxGroupSize = maxGroupSize;
        _name = name;
        new Thread(Run) { IsBackground = true, Name = $"SQLite writer {name}" }.UnsafeStart(); // not in the trace of whoever opens it
    }

    public Task<T> EnqueueAsync<T>(Func<SqliteConnection, T> work, Action<T>? committed, CancellationToken cancellation)
    {
        var write = new Write<T>(work, committed, cancellation);
        try
        {
            _queue.Add(write, CancellationToken.None);
        }
        catch (InvalidOperationException)
        {
            throw new ObjectDisposedException(nameof(SqliteDatabase), "The database is closed.");
        }
        return write.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _queue.CompleteAdding();
        await _ended.Task;
    }

    private void Run()
    {
        try
        {
            var group = new List<Write>();
            foreach (var first in _queue.GetConsumingEnumerable())
            {
                group.Add(first);
                while (group.Count < _maxGroupSize && _queue.TryTake(out var next))
                {
                    group.Add(next);
                }
                CommitGroup(group);
                group.Clear();
            }
        }
        finally
        {
            _connection.CloseWithStatements();
            _ended.SetResult();
        }
    }

    private void CommitGroup(List<Write> group)
    {
        try
        {
            RollBack(); // if that failed after the group before
            _connection.Bulk("BEGIN IMMEDIATE").Execute();
            foreach (var write in group)
            {
                RunInSavepoint(write);
            }
            _connection.Bulk("COMMIT").Execute();
        }
        catch (Exception e) // nothing of the group is durable, so every write in it fails
        {
            TryRollBack();
            var failure = StorageException.Explain(e, _name);
            group.ForEach(write => write.Fail(failure));
            return;
        }
        group.ForEach(write => write.Acknowledge());
    }

    private void RunInSavepoint(Write write)
    {
        if (!write.TryStart())
        {
            return;
        }
        _connection.Bulk("SAVEPOINT item").Execute();
        try
        {
            write.Run(_connection);
        }
        catch (Exception e) when (InTransaction) // a full disk or an I/O error ends the whole transaction: that goes up
        {
            write.Fail(StorageException.Explain(e, _name));
            _connection.Bulk("ROLLBACK TO item").Execute();
        }
        _connection.Bulk("RELEASE item").Execute();
    }

    /// <summary>An error here must not end the writer: the next group begins with the same.</summary>
    private void TryRollBack()
    {
        try
        {
            RollBack();
        }
        catch (SqliteException)
        {
            // whoever waits is told the first error, which is the cause
        }
    }

    private void RollBack()
    {
        if (InTransaction)
        {
            _connection.Bulk("ROLLBACK").Execute();
        }
    }

    private bool InTransaction => _connection.IsInTransaction();

    private abstract class Write
    {
        /// <summary>False if the write was cancelled while it waited.</summary>
        public abstract bool TryStart();

        public abstract void Run(SqliteConnection connection);

        public abstract void Acknowledge();

        public abstract void Fail(Exception error);
    }

    private sealed class Write<T>(Func<SqliteConnection, T> work, Action<T>? committed, CancellationToken cancellation) : Write
    {
        // Continuations must not run on the writer thread: they may block or write again.
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T _result = default!;

        public Task<T> Task => _done.Task;

        public override bool TryStart() => !cancellation.IsCancellationRequested || !_done.TrySetCanceled(cancellation);

        public override void Run(SqliteConnection connection) => _result = work(connection);

        public override void Acknowledge()
        {
            if (_done.Task.IsCompleted)
            {
                return; // cancelled while it waited, or rolled back alone
            }
            committed?.Invoke(_result);
            _done.TrySetResult(_result);
        }

        public override void Fail(Exception error) => _done.TrySetException(error);
    }
}
