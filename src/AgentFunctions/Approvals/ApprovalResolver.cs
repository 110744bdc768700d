// Deciding an approval: the row first, then the event that wakes the run.
using AgentFunctions.Agents;
using AgentFunctions.Orchestrations;
using AgentFunctions.Runs;
using AgentFunctions.Tools;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Approvals;

/// <summary>Takes votes. A crash between the row and the event strands nobody: the sweeper wakes runs whose approval is decided.</summary>
public sealed partial class ApprovalResolver(
    IApprovalStore approvals, IRunStore runs, DefinitionResolver definitions, ApprovalAudit audit, IToolRunner tools, TimeProvider time,
    ILogger<ApprovalResolver> logger)
{
    /// <summary>Counts the vote and, when it decides, wakes the run. Null when there is no such approval.</summary>
    /// <exception cref="ApprovalRefusedException">The vote does not count.</exception>
    public async Task<ApprovalRecord?> VoteAsync(
        DurableTaskClient client, string id, Func<DateTimeOffset, ApprovalVote> voteAt, CancellationToken cancellationToken)
    {
        if (await approvals.GetAsync(id, cancellationToken) is not { } approval)
            return null;
        var run = await runs.GetAsync(approval.RunId, cancellationToken);
        var vote = voteAt(time.GetUtcNow());
        if (run is null or { IsFinished: true } or { CancelRequestedAt: not null })
            approval = await CloseAsync(approval, cancellationToken);
        if (approval.IsPending)
            ApprovalAnswer.RequireFit(approval, vote, await ToolOfAsync(approval, run!, cancellationToken), tools);
        var voted = await approvals.ChangeAsync(id, current => current.Vote(vote), cancellationToken);
        await audit.DecidedAsync(voted!, cancellationToken);
        LogVoted(id, approval.RunId, vote.Status, voted!.Status);
        if (!voted.IsPending)
            await WakeAsync(client, voted, cancellationToken);
        return voted;
    }

    /// <summary>Wakes a paused run again for approvals that are decided, in case the first event was never sent or the decision is not on record.</summary>
    public async Task WakeAgainAsync(DurableTaskClient client, RunRecord run, CancellationToken cancellationToken)
    {
        foreach (var id in run.Approvals ?? [])
        {
            // What a member waits for is also in its root's row; the member has a row of its own.
            if (await approvals.GetAsync(id, cancellationToken) is not { IsPending: false } decided || decided.RunId != run.RunId)
                continue;
            await audit.DecidedAsync(decided, cancellationToken);
            await client.RaiseEventAsync(run.RunId, ApprovalWaits.EventOf(id), AgentJson.Word(decided.Status), cancellationToken);
        }
    }

    // Nothing waits for it any more.
    private async Task<ApprovalRecord> CloseAsync(ApprovalRecord approval, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return (await approvals.ChangeAsync(approval.Id, current => current.Close(ApprovalStatus.Cancelled, now), cancellationToken))!;
    }

    private async Task<ToolDefinition?> ToolOfAsync(ApprovalRecord approval, RunRecord run, CancellationToken cancellationToken)
    {
        var agent = await definitions.ResolveAsync(run.DefinitionHash, cancellationToken);
        return agent.Tools.FirstOrDefault(tool => tool.Name == approval.ToolName);
    }

    // The decision stands whether or not the run hears of it now.
    private async Task WakeAsync(DurableTaskClient client, ApprovalRecord decided, CancellationToken cancellationToken)
    {
        try
        {
            await client.RaiseEventAsync(decided.RunId, ApprovalWaits.EventOf(decided.Id), AgentJson.Word(decided.Status), cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogNotWoken(e, decided.Id, decided.RunId);
        }
    }

    [LoggerMessage(EventId = 1352, Level = LogLevel.Information, Message = "Approval {ApprovalId} of run {RunId}: a vote '{Vote}' leaves it '{Status}'")]
    private partial void LogVoted(string approvalId, string runId, ApprovalStatus vote, ApprovalStatus status);

    [LoggerMessage(EventId = 1353, Level = LogLevel.Warning, Message = "Approval {ApprovalId} is decided, and run {RunId} could not be woken; the sweeper tries again")]
    private partial void LogNotWoken(Exception exception, string approvalId, string runId);
}
