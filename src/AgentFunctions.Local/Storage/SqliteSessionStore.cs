// Sessions on state.db: reading the index here, keeping it up to date inside the run store's transactions.
using AgentFunctions.Agents;
using AgentFunctions.Costs;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Runs;
using AgentFunctions.Sessions;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Local.Storage;

/// <summary>The session index of state.db. <see cref="SqliteRunStore"/> writes it.</summary>
public sealed class SqliteSessionStore(SqliteDatabase database) : ISessionStore
{
    public Task<SessionRecord?> GetAsync(string sessionId, CancellationToken cancellationToken = default) =>
        database.ReadAsync(connection => SessionRows.Find(connection, sessionId), cancellationToken);

    /// <remarks>A session that becomes active while a client pages moves to the front and out of the pages still to come.</remarks>
    public Task<ListPage<SessionRecord>> ListAsync(SessionQuery query, CancellationToken cancellationToken = default)
    {
        var list = new KeysetQuery("sessions", "updated_at", "session_id", query.Cursor, query.Limit)
            .Where("agent_id", query.AgentId)
            .Where("user_id", query.UserId);
        return database.ReadAsync(list.Read<SessionRecord>, cancellationToken);
    }

    public Task<SessionCreation> CreateAsync(SessionRecord session, CancellationToken cancellationToken = default) =>
        database.WriteAsync(connection => SessionRows.Create(connection, session), cancellationToken);

    public Task<SessionRecord?> ChangeAsync(string sessionId, Func<SessionRecord, SessionRecord> change, CancellationToken cancellationToken = default) =>
        database.WriteAsync(connection => SessionRows.Change(connection, sessionId, change), cancellationToken);

    public Task DeleteAsync(string sessionId, CancellationToken cancellationToken = default) =>
        database.WriteAsync(
            connection => connection.Execute("DELETE FROM sessions WHERE session_id = @session", ("@session", sessionId)), cancellationToken);
}

/// <summary>The table <c>sessions</c>.</summary>
internal static class SessionRows
{
    public static SessionRecord? Find(SqliteConnection connection, string sessionId) =>
        connection.QueryFirst(
            "SELECT record FROM sessions WHERE session_id = @session",
            row => AgentJson.Deserialize<SessionRecord>(row.GetString(0)),
            ("@session", sessionId));

    public static SessionCreation Create(SqliteConnection connection, SessionRecord session)
    {
        if (Find(connection, session.SessionId) is { } existing)
        {
            return new SessionCreation(false, existing);
        }
        Save(connection, session);
        return new SessionCreation(true, session);
    }

    /// <summary>A run was created: its session exists from now on and belongs to the run's agent.</summary>
    public static void CountCreated(SqliteConnection connection, RunRecord run)
    {
        var session = Find(connection, run.SessionId) ?? new SessionRecord
        {
            SessionId = run.SessionId,
            AgentId = run.AgentId,
            CreatedAt = run.CreatedAt,
            UpdatedAt = run.CreatedAt,
        };
        Save(connection, session with
        {
            AgentId = run.AgentId,
            UserId = run.UserId ?? session.UserId,
            UpdatedAt = Later(session.UpdatedAt, run.CreatedAt),
        });
        if (run.IsFinished)
        {
            CountFinished(connection, run);
        }
    }

    /// <summary>A run finished, which happens once: its usage and cost join the totals.</summary>
    public static void CountFinished(SqliteConnection connection, RunRecord run)
    {
        var session = Find(connection, run.SessionId)!;
        Save(connection, session with
        {
            Runs = session.Runs + 1,
            Usage = session.Usage + run.Usage,
            CostUsd = Money.Sum(session.CostUsd, run.CostUsd),
            UnpricedCalls = session.UnpricedCalls + run.UnpricedCalls,
            UpdatedAt = Later(session.UpdatedAt, run.FinishedAt ?? session.UpdatedAt),
        });
    }

    public static SessionRecord? Change(SqliteConnection connection, string sessionId, Func<SessionRecord, SessionRecord> change)
    {
        if (Find(connection, sessionId) is not { } session)
        {
            return null;
        }
        var changed = session.With(change(session));
        Save(connection, changed);
        return changed;
    }

    // The column of agents takes no null; nobody can ask for the agent without a name.
    private static void Save(SqliteConnection connection, SessionRecord session) =>
        connection.Execute(
            """
            INSERT INTO sessions (session_id, agent_id, user_id, updated_at, record)
            VALUES (@session, @agent, @user, @updated, @record)
            ON CONFLICT (session_id) DO UPDATE SET
                agent_id = excluded.agent_id, user_id = excluded.user_id, updated_at = excluded.updated_at, record = excluded.record
            """,
            ("@session", session.SessionId), ("@agent", session.AgentId ?? ""), ("@user", session.UserId),
            ("@updated", session.UpdatedAt.UtcTicks), ("@record", AgentJson.Serialize(session)));

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
