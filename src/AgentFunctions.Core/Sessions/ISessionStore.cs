// The index of sessions, kept up to date by the run store's own writes.
using System.Text.Json.Nodes;
using AgentFunctions.Runs;

namespace AgentFunctions.Sessions;

/// <summary>
/// Sessions as runs and people made them. Every write is durable when its task completes. Reads see every completed write of any
/// process; after a crash, what a run made of a row may follow the commit of its end a little later (docs/decisions/table-storage.md).
/// </summary>
public interface ISessionStore
{
    Task<SessionRecord?> GetAsync(string sessionId, CancellationToken cancellationToken = default);

    /// <summary>Creates a session that has no run yet, or changes nothing and gives the one that already has this id.</summary>
    Task<SessionCreation> CreateAsync(SessionRecord session, CancellationToken cancellationToken = default);

    /// <summary>Sessions, latest activity first, by keyset.</summary>
    Task<ListPage<SessionRecord>> ListAsync(SessionQuery query, CancellationToken cancellationToken = default);

    /// <summary>
    /// Replaces what people, summaries and forks set of a session (name, state, metadata, version, summary, fork) by what
    /// <paramref name="change"/> makes of it, alone: no two changes see the same row, and no run's count is lost. What the runs
    /// made of the row stays. Returns the session as it then is, or null when there is none.
    /// </summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="change">May be called again on conflict: must be pure. What it throws ends the change and is thrown.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    Task<SessionRecord?> ChangeAsync(string sessionId, Func<SessionRecord, SessionRecord> change, CancellationToken cancellationToken = default);

    /// <summary>Removes the row of a session whose runs were removed. Safe to repeat, also after a call that was cut off.</summary>
    Task DeleteAsync(string sessionId, CancellationToken cancellationToken = default);
}

/// <param name="Session">The created session, or the one that was there.</param>
public sealed record SessionCreation(bool Created, SessionRecord Session);

/// <summary>A session: who talked to which agent, and how much. Totals count finished runs.</summary>
public sealed record SessionRecord
{
    public required string SessionId { get; init; }

    /// <summary>What people call it.</summary>
    public string? Name { get; init; }

    /// <summary>What the app keeps for the session: tools read it, PATCH writes it.</summary>
    public JsonObject? State { get; init; }

    public JsonObject? Metadata { get; init; }

    /// <summary>Counts the changes of name, state and metadata; the ETag of the session.</summary>
    public int Version { get; init; }

    /// <summary>What the runs before the window said, in short; null while none fell out of it.</summary>
    public SessionSummary? Summary { get; init; }

    /// <summary>What the session was copied from; null unless it began as a copy.</summary>
    public ForkOrigin? Fork { get; init; }

    /// <summary>The agent of the latest run; null before the first.</summary>
    public string? AgentId { get; init; }

    public string? UserId { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
    public int Runs { get; init; }
    public RunUsage Usage { get; init; } = RunUsage.None;

    /// <summary>US dollars over the calls whose cost is known; null when none is.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>Model calls whose cost is not, or not wholly, in <see cref="CostUsd"/>.</summary>
    public int UnpricedCalls { get; init; }

    /// <summary>This session with what <paramref name="changed"/> set of it.</summary>
    public SessionRecord With(SessionRecord changed) => this with
    {
        Name = changed.Name,
        State = changed.State,
        Metadata = changed.Metadata,
        Version = changed.Version,
        Summary = changed.Summary,
        Fork = changed.Fork,
    };
}

/// <summary>A summary of a session's conversation.</summary>
/// <param name="ThroughRunId">The last run that it covers.</param>
/// <param name="RunId">The run at whose end it was made; it keeps the text as well.</param>
public sealed record SessionSummary(string Text, string ThroughRunId, string RunId, DateTimeOffset At);

/// <summary>Filters of the session list; <paramref name="Limit"/> is 1 to 200.</summary>
public sealed record SessionQuery(string? AgentId = null, string? UserId = null, int Limit = 50, string? Cursor = null);
