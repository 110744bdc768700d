// Where approvals live, with the guarantee of each method.
using AgentFunctions.Runs;

namespace AgentFunctions.Approvals;

/// <summary>The approval store. Every write is durable when its task completes. Reads see every completed write of any process.</summary>
public interface IApprovalStore
{
    /// <summary>Stores the request, or changes nothing when there is one with its id. Returns the one that stands.</summary>
    Task<ApprovalRecord> OpenAsync(ApprovalRecord approval, CancellationToken cancellationToken = default);

    Task<ApprovalRecord?> GetAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>
    /// Replaces the row by what <paramref name="change"/> makes of it, alone: no two changes see the same row. Returns the row
    /// as it then is, or null when there is none.
    /// </summary>
    /// <param name="id">The approval.</param>
    /// <param name="change">May be called again on conflict: must be pure. What it throws ends the change and is thrown.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    Task<ApprovalRecord?> ChangeAsync(string id, Func<ApprovalRecord, ApprovalRecord> change, CancellationToken cancellationToken = default);

    /// <summary>Approvals, newest first, by keyset.</summary>
    /// <exception cref="FormatException">A cursor that this list did not give.</exception>
    Task<ListPage<ApprovalRecord>> ListAsync(ApprovalQuery query, CancellationToken cancellationToken = default);

    /// <summary>How many the query finds (its limit and cursor do not count), at most <paramref name="most"/>, and the oldest of them.</summary>
    Task<ApprovalCount> CountAsync(ApprovalQuery query, int most, CancellationToken cancellationToken = default);
}

/// <summary>Filters of the list; a null member does not filter.</summary>
/// <param name="From">Created at this time or later.</param>
/// <param name="To">Created before this time.</param>
/// <param name="Limit">Approvals on one page, 1 to 200; a number beyond is taken as the nearest of these.</param>
public sealed record ApprovalQuery(
    ApprovalStatus? Status = null, ApprovalSource? SourceType = null, ApprovalPause? PauseType = null, string? RunId = null, string? SessionId = null,
    string? AgentId = null, string? TeamId = null, string? WorkflowId = null, string? UserId = null,
    DateTimeOffset? From = null, DateTimeOffset? To = null, int Limit = 50, string? Cursor = null);

/// <param name="OldestAt">When the oldest of them was created; null when there is none.</param>
public sealed record ApprovalCount(int Count, DateTimeOffset? OldestAt);
