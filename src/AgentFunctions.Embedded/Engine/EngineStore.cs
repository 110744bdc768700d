using AgentFunctions.Embedded.Sqlite;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Embedded.Engine;

/// <summary>The engine's tables in a database, and the news of what each committed transaction set going.</summary>
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

    /// <summary>Called after each commit, before the writer of that transaction goes on.</summary>
    public Action<Outbox> Committed { get; set; } = _ => { };

    public DateTime Now => _time.GetUtcNow().UtcDateTime;

    public Task<T> ReadAsync<T>(Func<SqliteConnection, T> query, CancellationToken cancellation = default) =>
        _database.ReadAsync(query, cancellation);

    /// <summary>Runs one durable step; what it sent is delivered once it is committed.</summary>
    public async Task<T> WriteAsync<T>(Func<Outbox, T> step, CancellationToken cancellation = default)
    {
        var (result, outbox) = await _database.WriteAsync(
            connection =>
            {
                var outbox = new Outbox(connection, Now);
                return (step(outbox), outbox);
            },
            cancellation);
        Committed(outbox);
        return result;
    }

    public Task WriteAsync(Action<Outbox> step, CancellationToken cancellation = default) =>
        WriteAsync(outbox => { step(outbox); return true; }, cancellation);

    /// <summary>What an episode of the instance needs, or null if there is nothing to do.</summary>
    public Task<OrchestrationWork?> LoadOrchestrationAsync(string instanceId)
    {
        var now = Now;
        return ReadAsync(connection =>
        {
            var inbox = Inbox.Due<HistoryEvent>(connection, instanceId, now);
            return inbox.Count > 0 && InstanceTable.Find(connection, instanceId) is { } instance && !instance.Status.HasEnded()
                ? new OrchestrationWork(instance, InstanceTable.History(connection, instanceId), inbox)
                : null;
        });
    }

    public Task CommitAsync(OrchestrationWork work, Episode episode) =>
        WriteAsync(outbox => new EpisodeCommit(outbox, work, episode).Write());
}

/// <summary>An orchestration that has something to process.</summary>
internal sealed record OrchestrationWork(
    InstanceRow Instance, IReadOnlyList<HistoryEvent> History, IReadOnlyList<InboxMessage<HistoryEvent>> Inbox)
{
    /// <summary>How this execution began; null only while a delayed start is still to come.</summary>
    public ExecutionStarted? Start { get; } =
        History.Concat(Inbox.Select(message => message.Body)).OfType<ExecutionStarted>().FirstOrDefault();
}
