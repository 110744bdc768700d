// The limit: the same steps as bare rows, each durable before the next begins.
using System.Diagnostics;
using AgentFunctions.Embedded.Sqlite;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Benchmarks.Durable;

/// <summary>A database with one table and one prepared statement, synchronous=FULL, as the engine's.</summary>
internal sealed class BareSteps : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly LoopContent _content;
    private long _transactions;

    public BareSteps(string folder, LoopContent content)
    {
        SqliteNative.Load();
        _content = content;
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(folder, "bare.db"), Pooling = false }.ToString());
        _connection.Open();
        _connection.Execute("PRAGMA journal_mode = WAL");
        _connection.Execute("PRAGMA synchronous = FULL");
        _connection.Execute("CREATE TABLE steps (id INTEGER PRIMARY KEY, run INTEGER, step INTEGER, result TEXT)");
        // Syncing a log that grows takes longer than one that is written over, which it is after its first checkpoint.
        _connection.ExecuteScript("CREATE TABLE room AS SELECT zeroblob(5000000); DROP TABLE room; PRAGMA wal_checkpoint(RESTART)");
    }

    /// <summary>Steps per second of so many runs side by side: the steps that they take at the same time share a transaction.</summary>
    public double Rate(int concurrency, TimeSpan duration)
    {
        var before = _transactions;
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < duration)
            Commit(concurrency);
        return (_transactions - before) * concurrency / clock.Elapsed.TotalSeconds;
    }

    /// <summary>Makes the next step of so many runs durable.</summary>
    public void Commit(int runs)
    {
        var (round, step) = Math.DivRem(_transactions++, AgentLoop.Steps);
        _connection.Execute("BEGIN IMMEDIATE");
        for (var run = 0; run < runs; run++)
            _connection.Bulk("INSERT INTO steps (run, step, result) VALUES (?, ?, ?)").Add((round * runs) + run).Add(step).Add(_content.Of((int)step)).Execute();
        _connection.Execute("COMMIT");
    }

    public void Dispose() => _connection.Dispose();
}
