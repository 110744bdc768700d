using AgentFunctions.Agents;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Runs;
using AgentFunctions.Sessions;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Local.Storage;

/// <summary>
/// The run store on state.db. A method that writes is one piece of work on the database's writer thread, hence atomic and
/// alone: what it reads cannot change before it writes.
/// </summary>
/// <param name="database">A database that <see cref="StateSchema"/> has been applied to.</param>
public sealed class SqliteRunStore(SqliteDatabase database) : IRunStore, IUntracedRuns, IRunErasure
{
    public Task<RunCreation> CreateAsync(
        RunRecord run, IReadOnlyList<NewRunEvent> events, IReadOnlyList<NewMessage> messages, CancellationToken cancellationToken = default) =>
        database.WriteAsync(connection => Create(connection, run, events, messages), cancellationToken);

    public Task<RunRecord?> GetAsync(string runId, CancellationToken cancellationToken = default) =>
        database.ReadAsync(connection => RunRows.Find(connection, runId), cancellationToken);

    public Task<CommitOutcome> CommitAsync(RunCommit commit, CancellationToken cancellationToken = default) =>
        database.WriteAsync(connection => Commit(connection, commit), cancellationToken);

    public Task<string?> GetResultAsync(string runId, string key, CancellationToken cancellationToken = default) =>
        database.ReadAsync(connection => ResultRows.Find(connection, runId, key), cancellationToken);

    public Task<IReadOnlyList<RunResult>> GetResultsAsync(string runId, CancellationToken cancellationToken = default) =>
        database.ReadAsync(connection => ResultRows.List(connection, runId), cancellationToken);

    public Task AppendEventsAsync(string runId, IReadOnlyList<NewRunEvent> events, CancellationToken cancellationToken = default) =>
        database.WriteAsync(
            connection =>
            {
                RunRows.Require(connection, runId);
                EventRows.Append(connection, runId, events);
            },
            cancellationToken);

    public Task<IReadOnlyList<RunEvent>> ReadEventsAsync(string runId, long after, int limit, CancellationToken cancellationToken = default) =>
        database.ReadAsync(connection => EventRows.Read(connection, runId, after, limit), cancellationToken);

    public Task<IReadOnlyList<RunMessage>> GetMessagesAsync(string runId, CancellationToken cancellationToken = default) =>
        database.ReadAsync(connection => MessageRows.OfRun(connection, runId), cancellationToken);

    public Task<IReadOnlyList<RunMessage>> GetSessionMessagesAsync(
        string sessionId, int beforePosition, int limit, CancellationToken cancellationToken = default) =>
        database.ReadAsync(connection => MessageRows.OfSession(connection, sessionId, beforePosition, limit), cancellationToken);

    public Task<RunRecord?> RequestCancelAsync(string runId, string? reason, DateTimeOffset at, CancellationToken cancellationToken = default) =>
        database.WriteAsync(connection => RequestCancel(connection, runId, reason, at), cancellationToken);

    public Task<ListPage<RunRecord>> ListAsync(RunQuery query, CancellationToken cancellationToken = default)
    {
        var list = new KeysetQuery("runs", "created_at", "run_id", query.Cursor, query.Limit)
            .Where("agent_id", query.AgentId)
            .Where("session_id", query.SessionId)
            .Where("user_id", query.UserId)
            .Where("status", query.Status is { } status ? RunRows.Word(status) : null)
            .Where("model", query.Model)
            .Where("parent_run_id", query.ParentRunId)
            .When(query.RootsOnly, "depth = 0")
            .Between(query.From, query.To);
        return database.ReadAsync(list.Read<RunRecord>, cancellationToken);
    }

    public Task<IReadOnlyList<RunRecord>> ListUnfinishedAsync(DateTimeOffset createdBefore, int limit, RunRecord? after = null, CancellationToken cancellationToken = default) =>
        database.ReadAsync(connection => RunRows.ListUnfinished(connection, createdBefore, limit, after), cancellationToken);

    public Task<IReadOnlyList<RunRecord>> ListUntracedAsync(int limit, CancellationToken cancellationToken = default) =>
        database.ReadAsync(connection => RunRows.ListUntraced(connection, limit), cancellationToken);

    public Task MarkTracedAsync(string runId, CancellationToken cancellationToken = default) =>
        database.WriteAsync(
            connection =>
            {
                if (RunRows.Find(connection, runId) is { IsFinished: true, TraceIncomplete: true } run)
                {
                    RunRows.Save(connection, run with { TraceIncomplete = false });
                }
            },
            cancellationToken);

    public Task<bool> DeleteRunAsync(string runId, CancellationToken cancellationToken = default) =>
        database.WriteAsync(connection => RunRows.Delete(connection, runId), cancellationToken);

    public Task DeleteResultAsync(string runId, string key, CancellationToken cancellationToken = default) =>
        database.WriteAsync(
            connection => connection.Execute("DELETE FROM results WHERE run_id = @run AND key = @key", ("@run", runId), ("@key", key)), cancellationToken);

    private static RunCreation Create(
        SqliteConnection connection, RunRecord run, IReadOnlyList<NewRunEvent> events, IReadOnlyList<NewMessage> messages)
    {
        if (RunRows.Find(connection, run.RunId) is { } existing)
        {
            return new RunCreation(false, existing);
        }
        RunRows.Save(connection, run);
        if (run.Depth == 0)
        {
            SessionRows.CountCreated(connection, run);
        }
        EventRows.Append(connection, run.RunId, events);
        MessageRows.Append(connection, run.RunId, messages);
        return new RunCreation(true, run);
    }

    private static CommitOutcome Commit(SqliteConnection connection, RunCommit commit)
    {
        RunRows.Require(connection, commit.RunId);
        if (ResultRows.Find(connection, commit.RunId, commit.Key) is { } first)
        {
            return new CommitOutcome(false, first);
        }
        ResultRows.Insert(connection, commit.RunId, commit.Key, commit.ResultJson);
        if (!EventRows.IsClosed(connection, commit.RunId))
        {
            MessageRows.Append(connection, commit.RunId, commit.Messages);
            EventRows.Append(connection, commit.RunId, commit.Events);
            Change(connection, commit);
        }
        return new CommitOutcome(true, commit.ResultJson);
    }

    private static void Change(SqliteConnection connection, RunCommit commit)
    {
        if (commit.Change is null)
        {
            return;
        }
        var before = RunRows.Find(connection, commit.RunId)!;
        var after = commit.Change(before);
        RunRows.Save(connection, after);
        // A member's usage is part of its root run's.
        if (after is { IsFinished: true, Depth: 0 } && !before.IsFinished)
        {
            SessionRows.CountFinished(connection, after);
        }
    }

    private static RunRecord? RequestCancel(SqliteConnection connection, string runId, string? reason, DateTimeOffset at)
    {
        var run = RunRows.Find(connection, runId);
        if (run is null or { IsFinished: true } or { CancelRequestedAt: not null })
        {
            return run;
        }
        run = run with { CancelRequestedAt = at, CancelReason = reason };
        RunRows.Save(connection, run);
        return run;
    }
}
