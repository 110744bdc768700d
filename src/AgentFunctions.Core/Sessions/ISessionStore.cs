// The index of sessions, kept up to date by the run store's own writes.
using AgentFunctions.Runs;

namespace AgentFunctions.Sessions;

/// <summary>Sessions as the runs made them.</summary>
public interface ISessionStore
{
    Task<SessionRecord?> GetAsync(string sessionId, CancellationToken cancellationToken = default);

    /// <summary>Sessions, latest activity first, by keyset.</summary>
    Task<ListPage<SessionRecord>> ListAsync(SessionQuery query, CancellationToken cancellationToken = default);
}

/// <summary>A session: who talked to which agent, and how much. Totals count finished runs.</summary>
public sealed record SessionRecord
{
    public required string SessionId { get; init; }

    /// <summary>The agent of the latest run.</summary>
    public required string AgentId { get; init; }

    public string? UserId { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
    public int Runs { get; init; }
    public RunUsage Usage { get; init; } = RunUsage.None;

    /// <summary>US dollars over the calls whose cost is known; null when none is.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>Model calls whose cost is not, or not wholly, in <see cref="CostUsd"/>.</summary>
    public int UnpricedCalls { get; init; }
}

/// <summary>Filters of the session list; <paramref name="Limit"/> is 1 to 200.</summary>
public sealed record SessionQuery(string? AgentId = null, string? UserId = null, int Limit = 50, string? Cursor = null);
