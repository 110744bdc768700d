// Requests and their ends, in the approval's row and in the run that they hold up.
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Spans;

namespace AgentFunctions.Approvals;

/// <summary>
/// The row is written first and decides; the run's status and events follow it. Each step may be repeated: what an earlier
/// delivery did is done once.
/// </summary>
public sealed class ApprovalDesk(IApprovalStore approvals, IRunStore runs, DefinitionResolver definitions, ApprovalAudit audit, RunTracer tracer, TimeProvider time)
{
    /// <summary>Opens the request, or finds it again, and shows the run, and the root of a member's run, as paused. The row that is returned may be decided.</summary>
    public async Task<ApprovalRecord> RequestAsync(ApprovalRecord proposed, CancellationToken cancellationToken)
    {
        var approval = await approvals.OpenAsync(proposed, cancellationToken);
        await ShowInRootAsync(approval, $"member-waits:{approval.Id}", run => Waiting(run, approval), cancellationToken);
        await runs.CommitAsync(new RunCommit(approval.RunId, $"approval-opened:{approval.Id}", "{}")
        {
            Events = [EventOf(approval with { Status = ApprovalStatus.Pending }, approval.CreatedAt)],
            Change = run => Waiting(run, approval),
        }, cancellationToken);
        await audit.RequestedAsync(approval, cancellationToken);
        return approval;
    }

    /// <summary>Lets the run go on after a decision, and records the wait: its event and its span.</summary>
    public async Task SettleAsync(ApprovalRecord decided, CancellationToken cancellationToken)
    {
        await audit.DecidedAsync(decided, cancellationToken);
        await ShowInRootAsync(decided, $"member-goes-on:{decided.Id}", run => GoingOn(run, decided), cancellationToken);
        var facts = FactsOf(decided);
        var committed = await runs.CommitAsync(new RunCommit(decided.RunId, KeyOf(decided), AgentJson.Serialize(facts))
        {
            Events = [EventOf(decided, facts.ResolvedAt)],
            Change = run => GoingOn(run, decided),
        }, cancellationToken);
        if (!committed.Committed)
            return;
        var run = await runs.RequireAsync(decided.RunId, cancellationToken);
        tracer.Emit(run, ApprovalSpans.Of(run, await definitions.ResolveAsync(run.DefinitionHash, cancellationToken), facts));
    }

    /// <summary>Ends the request when nobody decided it in time. What was decided meanwhile stands.</summary>
    public Task ExpireAsync(string id, CancellationToken cancellationToken) =>
        approvals.ChangeAsync(id, approval => approval.Close(ApprovalStatus.Expired, time.GetUtcNow()), cancellationToken);

    /// <summary>Notes that the request was escalated, once, and tells the run's stream.</summary>
    public async Task EscalateAsync(string id, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (await approvals.ChangeAsync(id, approval => approval.Escalate(now), cancellationToken) is not { IsPending: true, EscalatedAt: { } at } approval)
            return;
        await runs.AppendEventsAsync(approval.RunId, [EventOf(approval, at, "escalated")], cancellationToken);
    }

    /// <summary>Cancels what the run still asks: it was cancelled or has ended.</summary>
    public async Task CancelAsync(RunRecord run, CancellationToken cancellationToken)
    {
        foreach (var id in run.Approvals ?? [])
        {
            var now = time.GetUtcNow();
            if (await approvals.ChangeAsync(id, approval => approval.Close(ApprovalStatus.Cancelled, now), cancellationToken) is { } closed)
                await SettleAsync(closed, cancellationToken);
        }
    }

    // Who started a team knows its run, not the member's: both rows say what is waited for.
    private Task ShowInRootAsync(ApprovalRecord approval, string key, Func<RunRecord, RunRecord> change, CancellationToken cancellationToken) =>
        RunIds.IsMember(approval.RunId)
            ? runs.CommitAsync(new RunCommit(RunIds.RootOf(approval.RunId), key, "{}") { Change = change }, cancellationToken)
            : Task.CompletedTask;

    private static RunRecord Waiting(RunRecord run, ApprovalRecord approval) =>
        run.IsFinished ? run : run.WithApprovals([.. run.Approvals ?? [], approval.Id]);

    private static RunRecord GoingOn(RunRecord run, ApprovalRecord decided) =>
        run.IsFinished ? run : run.WithApprovals([.. (run.Approvals ?? []).Where(id => id != decided.Id)]);

    private static string KeyOf(ApprovalRecord approval) =>
        $"approval:{approval.Step}:{approval.CallId}{(approval.Occasion is { } occasion ? $":{occasion}" : "")}:{approval.Id}";

    private static ApprovalFacts FactsOf(ApprovalRecord decided) => new(
        decided.Id, decided.Step, decided.CallId, decided.ToolName, AgentJson.Word(decided.Status), decided.CreatedAt, decided.ResolvedAt ?? decided.UpdatedAt)
    {
        Occasion = decided.Occasion,
        DecidedBy = decided.ResolvedBy,
        Arguments = decided.Arguments,
        Note = decided.Note,
    };

    private static NewRunEvent EventOf(ApprovalRecord approval, DateTimeOffset at, string? status = null)
    {
        status ??= AgentJson.Word(approval.Status);
        var data = new JsonObject
        {
            ["approval_id"] = approval.Id,
            ["status"] = status,
            ["pause_type"] = AgentJson.Word(approval.PauseType),
            ["tool_name"] = approval.ToolName,
            ["tool_call_id"] = approval.CallId,
            ["step"] = approval.Step,
            ["arguments"] = approval.Arguments is { } arguments ? JsonNode.Parse(arguments.GetRawText()) : null,
            ["reason"] = approval.Context?["reason"]?.DeepClone(),
            ["expires_at"] = approval.ExpiresAt,
            ["resolved_by"] = approval.ResolvedBy,
            ["note"] = approval.Note,
        };
        return new NewRunEvent(RunEventTypes.Approval, data, at, $"approval:{approval.Id}:{status}");
    }
}
