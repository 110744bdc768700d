// The limit: the same steps as bare rows, each durable before the next begins.
using System.Diagnostics;
using AgentFunctions.Benchmarks.Measure;
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
        _connection.Execute("CREATE TABLE steps (run INTEGER, step INTEGER, result TEXT, PRIMARY KEY (run, step)) WITHOUT ROWID");
    }

    /// <summary>Steps per second of so many runs side by side: the steps that they take at the same time share a transaction.</summary>
    public static double Rate(string? parent, LoopContent content, int concurrency, TimeSpan duration)
    {
        using var folder = new Workspace(parent);
        using var bare = new BareSteps(folder.Path, content);
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < duration)
            bare.Commit(concurrency);
        return bare._transactions * concurrency / clock.Elapsed.TotalSeconds;
    }

    /// <summary>Makes the next step of so many runs durable.</summary>
    public void Commit(int runs)
    {
        var (round, step) = Math.DivRem(_transactions++, AgentLoop.Steps);
        _connection.Execute("BEGIN IMMEDIATE");
        for (var run = 0; run < runs; run++)
            _connection.Bulk("INSERT INTO steps VALUES (?, ?, ?)").Add((round * runs) + run).Add(step).Add(_content.Of((int)step)).Execute();
        _connection.Execute("COMMIT");
    }

    public void Dispose() => _connection.Dispose();
}
