// What may become of an approval. Pure functions: a store applies them atomically, and may apply them again.
using AgentFunctions.Agents;

namespace AgentFunctions.Approvals;

public static class ApprovalDecisions
{
    /// <summary>One person's word. A rejection decides at once, approvals when the quorum is reached.</summary>
    /// <exception cref="ApprovalRefusedException">It is decided or too late, the person may not decide or has done so.</exception>
    public static ApprovalRecord Vote(this ApprovalRecord approval, ApprovalVote vote)
    {
        // A store that lost the answer to its own write applies the same vote again.
        if (approval.Votes.Any(known => (known.Status, known.By, known.At) == (vote.Status, vote.By, vote.At)))
            return approval;
        RequireOpen(approval, vote);
        RequireApprover(approval, vote.By);
        var voted = approval with { Votes = [.. approval.Votes, vote], UpdatedAt = vote.At };
        var decides = vote.Status == ApprovalStatus.Rejected || voted.Votes.Count >= approval.Quorum;
        return decides
            ? voted with { Status = vote.Status, Resolution = vote.Resolution, ResolvedBy = vote.By, ResolvedAt = vote.At }
            : voted;
    }

    /// <summary>Ends a request that nobody decided; one that is decided stays as it is.</summary>
    public static ApprovalRecord Close(this ApprovalRecord approval, ApprovalStatus status, DateTimeOffset at) =>
        approval.IsPending ? approval with { Status = status, ResolvedAt = at, UpdatedAt = at } : approval;

    /// <summary>Notes that more people were told; only the first time counts.</summary>
    public static ApprovalRecord Escalate(this ApprovalRecord approval, DateTimeOffset at) =>
        approval is { IsPending: true, EscalatedAt: null } ? approval with { EscalatedAt = at, UpdatedAt = at } : approval;

    private static void RequireOpen(ApprovalRecord approval, ApprovalVote vote)
    {
        if (!approval.IsPending)
        {
            var by = approval.ResolvedBy is { } who ? $" by '{who}'" : "";
            throw Refused(ApprovalRefusal.Decided, $"The approval was already decided: it is '{AgentJson.Word(approval.Status)}'{by} since {approval.ResolvedAt:O}.");
        }

        if (approval.ExpiresAt <= vote.At)
            throw Refused(ApprovalRefusal.Decided, $"The approval expired at {approval.ExpiresAt:O}.");
    }

    private static void RequireApprover(ApprovalRecord approval, string? by)
    {
        if (by is null && (approval.Quorum > 1 || approval.Approvers is not null))
            throw Refused(ApprovalRefusal.Unnamed, "This approval counts who decides: name yourself in 'resolved_by'.");
        if (approval.Approvers is { } approvers && !approvers.Any(approver => IsSame(approver, by)))
            throw Refused(ApprovalRefusal.NotAnApprover, $"'{by}' may not decide this approval. Approvers: {string.Join(", ", approvers)}.");
        if (by is not null && approval.Votes.Any(vote => IsSame(vote.By, by)))
            throw Refused(ApprovalRefusal.Decided, $"'{by}' has already approved; {approval.Votes.Count} of {approval.Quorum} have. Another person must decide.");
    }

    // Two spellings of a name are one person, who must not fill a quorum alone.
    private static bool IsSame(string? a, string? b) => string.Equals(a?.Trim(), b?.Trim(), StringComparison.OrdinalIgnoreCase);

    private static ApprovalRefusedException Refused(ApprovalRefusal reason, string message) => new(reason, message);
}

/// <summary>Why a vote does not count.</summary>
public enum ApprovalRefusal
{
    /// <summary>The approval, or this person, has decided.</summary>
    Decided,

    /// <summary>The person may not decide it.</summary>
    NotAnApprover,

    /// <summary>The person must be named.</summary>
    Unnamed,

    /// <summary>What came with the vote does not fit the request.</summary>
    Unfit,
}

/// <summary>A vote that does not count; the message is for the person who gave it.</summary>
public sealed class ApprovalRefusedException(ApprovalRefusal reason, string message) : Exception(message)
{
    public ApprovalRefusal Reason => reason;
}
