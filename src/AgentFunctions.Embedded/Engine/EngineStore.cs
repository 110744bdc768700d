using AgentFunctions.Embedded.Sqlite;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Embedded.Engine;

/// <summary>
/// The engine's tables in a database, and the news of what each committed transaction set going.
/// A write is one transaction: all of it or nothing is stored, and it is durable when its task completes. A read sees every write
/// that completed before it began.
/// </summary>
internal sealed class EngineStore
{
    private readonly SqliteDatabase _database;
    private readonly TimeProvider _time;

    /// <summary>Brings the tables up to date, so that clients may write before the engine starts.</summary>
    public EngineStore(SqliteDatabase database, TimeProvider time)
    {
        (_database, _time) = (database, time);
        database.Migrate("engine", SqlScripts.Load(typeof(EngineStore).Assembly, "AgentFunctions.Embedded.Engine.Schema."));
    }

    /// <summary>Called after each commit, on the writer's thread: it must neither wait nor throw.</summary>
    public Action<Outbox> Committed { get; set; } = _ => { };

    public DateTime Now => _time.GetUtcNow().UtcDateTime;

    public Task<T> ReadAsync<T>(Func<SqliteConnection, T> query, CancellationToken cancellation = default) =>
        _database.ReadAsync(query, cancellation);

    /// <summary>Runs one durable step; what it sent is delivered once it is committed.</summary>
    public async Task<T> WriteAsync<T>(Func<Outbox, T> step, CancellationToken cancellation = default)
    {
        var (result, _) = await _database.WriteAsync(
            connection =>
            {
                var outbox = new Outbox(connection, Now);
                return (step(outbox), outbox);
            },
            written => Committed(written.outbox),
            cancellation);
        return result;
    }

    public Task WriteAsync(Action<Outbox> step, CancellationToken cancellation = default) =>
        WriteAsync(outbox => { step(outbox); return true; }, cancellation);

    /// <summary>What is due in an inbox, in order.</summary>
    public Task<List<InboxMessage<HistoryEvent>>> InboxAsync(string instanceId)
    {
        var now = Now;
        return ReadAsync(connection => Inbox.Due<HistoryEvent>(connection, instanceId, now));
    }

    /// <summary>An orchestration that has not ended, with what is due in its inbox; null if there is none.</summary>
    public Task<StoredOrchestration?> LoadAsync(string instanceId)
    {
        var now = Now;
        return ReadAsync(connection => InstanceTable.Find(connection, instanceId) is { } instance && !instance.Status.HasEnded()
            ? new StoredOrchestration(
                instance, HistoryTable.Read(connection, instance.Number), Inbox.Due<HistoryEvent>(connection, instanceId, now))
            : null);
    }

    /// <summary>Stores an episode and what it set going.</summary>
    /// <param name="consumed">The inbox messages that the episode applied.</param>
    public Task CommitAsync(Orchestration orchestration, Episode episode, IReadOnlyList<long> consumed) =>
        WriteAsync(new EpisodeCommit(orchestration, episode, consumed).Write);
}

/// <summary>An orchestration as its rows have it.</summary>
internal sealed record StoredOrchestration(InstanceRow Instance, StoredHistory History, List<InboxMessage<HistoryEvent>> Inbox);
