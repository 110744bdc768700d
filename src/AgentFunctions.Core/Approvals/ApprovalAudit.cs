// Approvals on the audit log: who asked, who decided, when. No arguments and no notes: the log outlives the run.
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Audit;

namespace AgentFunctions.Approvals;

/// <summary>Each fact is on record once, however often it is told.</summary>
public sealed class ApprovalAudit(IAuditLog audit)
{
    public Task RequestedAsync(ApprovalRecord approval, CancellationToken cancellationToken) => audit.AppendAsync(
        EntryOf(approval, AuditKinds.ApprovalRequested, approval.CreatedAt, actor: null), cancellationToken);

    /// <summary>Does nothing for one that is pending.</summary>
    public async Task DecidedAsync(ApprovalRecord approval, CancellationToken cancellationToken)
    {
        if (approval.IsPending)
            return;
        var kind = approval.Status == ApprovalStatus.Expired ? AuditKinds.ApprovalExpired : AuditKinds.ApprovalResolved;
        var entry = EntryOf(approval, kind, approval.ResolvedAt ?? approval.UpdatedAt, approval.ResolvedBy ?? (approval.Votes.Count == 0 ? "system" : null));
        entry.Details["status"] = AgentJson.Word(approval.Status);
        entry.Details["votes"] = new JsonArray([.. approval.Votes.Select(vote => new JsonObject { ["status"] = AgentJson.Word(vote.Status), ["by"] = vote.By, ["at"] = vote.At })]);
        entry.Details["arguments_edited"] = approval.Resolution?.Arguments is not null;
        await audit.AppendAsync(entry, cancellationToken);
    }

    private static AuditEntry EntryOf(ApprovalRecord approval, string kind, DateTimeOffset at, string? actor) => new()
    {
        Kind = kind,
        At = at,
        Actor = actor,
        RunId = approval.RunId,
        SessionId = approval.SessionId,
        UserId = approval.UserId,
        AgentId = approval.AgentId,
        Details = new JsonObject
        {
            ["approval_id"] = approval.Id,
            ["tool_name"] = approval.ToolName,
            ["pause_type"] = AgentJson.Word(approval.PauseType),
        },
        Key = $"{approval.Id}:{(kind == AuditKinds.ApprovalRequested ? "requested" : "decided")}",
    };
}
