// The gate before every tool call: who may pass, who waits, who is turned away.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Tools;

namespace AgentFunctions.Approvals;

/// <summary>
/// Asked within the activity that runs the tool, so that there is no way past it. Only the approval's row opens it, and only
/// for the arguments that the person saw, or gave.
/// </summary>
public sealed class ApprovalGate(ApprovalDesk desk, TimeProvider time)
{
    public const string Rejected = "approval_rejected";
    public const string Expired = "approval_expired";

    /// <summary>Whether the call may run, by the rule of the tool or, where it has none, of its agent.</summary>
    public async Task<Passage> PassAsync(
        ToolStep step, RunRecord run, AgentDefinition agent, ToolDefinition tool, JsonElement arguments, CancellationToken cancellationToken)
    {
        if (ApprovalRule.Of(agent, tool) is not { } rule || !rule.AppliesTo(arguments))
            return new Passage.Open(arguments);
        var approval = await desk.RequestAsync(Propose(step, run, rule, arguments), cancellationToken);
        return await AnswerAsync(approval, rule, cancellationToken) ?? OpenWith(approval, arguments);
    }

    /// <summary>
    /// Whether a <c>once</c> tool that was begun, and whose outcome is not known, may be run again: the model is told, or a
    /// person decides, as the tool says.
    /// </summary>
    /// <param name="attempt">How often it was begun.</param>
    public async Task<Passage> PassAgainAsync(
        ToolStep step, RunRecord run, AgentDefinition agent, ToolDefinition tool, JsonElement arguments, int attempt, CancellationToken cancellationToken)
    {
        var own = ApprovalRule.Of(agent, tool);
        if ((tool.OnUnknown ?? (own is { Required: true } ? UnknownOutcome.Person : UnknownOutcome.Model)) == UnknownOutcome.Model)
            return new Passage.Closed(Unknown(null));
        var rule = (own ?? new ApprovalRule()) with { Pause = ApprovalPause.Confirmation, Fields = null };
        var proposed = Propose(step, run, rule, arguments, $"{ExecuteToolRunner.OutcomeUnknown}:{attempt}") with
        {
            Context = new JsonObject { ["reason"] = ExecuteToolRunner.OutcomeUnknown, ["attempt"] = attempt },
        };
        var approval = await desk.RequestAsync(proposed, cancellationToken);
        var answer = await AnswerAsync(approval, rule, cancellationToken);
        return answer is Passage.Closed && approval.Status == ApprovalStatus.Rejected
            ? new Passage.Closed(Unknown(approval.Note))
            : answer ?? new Passage.Open(arguments);
    }

    // Null when the tool may run.
    private async Task<Passage?> AnswerAsync(ApprovalRecord approval, ApprovalRule rule, CancellationToken cancellationToken)
    {
        if (approval.IsPending)
            return new Passage.Held(WaitOf(approval, rule));
        await desk.SettleAsync(approval, cancellationToken);
        return approval.Status switch
        {
            ApprovalStatus.Approved => approval.Resolution?.Result is { } result ? new Passage.Closed(new ToolOutcome(result)) : null,
            ApprovalStatus.Rejected => new Passage.Closed(new ToolOutcome(null, Rejected, $"A person rejected the call{Because(approval)}. Do not repeat it as it was.")),
            ApprovalStatus.Expired => new Passage.Closed(
                new ToolOutcome(null, Expired, "Nobody approved the call in time; the tool did not run."), EndsRun: rule.OnExpiry == ApprovalExpiry.Fail),
            _ => new Passage.Closed(new ToolOutcome(null, ExecuteToolRunner.Cancelled, "The run was cancelled while the call waited for approval.")),
        };
    }

    private ApprovalRecord Propose(ToolStep step, RunRecord run, ApprovalRule rule, JsonElement arguments, string? occasion = null)
    {
        var now = time.GetUtcNow();
        return new ApprovalRecord
        {
            Id = ApprovalIds.Of(run.RunId, step.Step, step.CallId, arguments, occasion),
            RunId = run.RunId,
            SessionId = run.SessionId,
            AgentId = run.AgentId,
            TeamId = run.TeamId,
            WorkflowId = run.WorkflowId,
            UserId = run.UserId,
            SourceType = SourceOf(run.Kind),
            PauseType = rule.Pause,
            ToolName = step.Tool,
            Step = step.Step,
            CallId = step.CallId,
            Occasion = occasion,
            Arguments = arguments,
            Fields = rule.Fields,
            Quorum = rule.Quorum,
            Approvers = rule.Approvers,
            CreatedAt = now,
            UpdatedAt = now,
            EscalateAt = now + rule.EscalateAfter,
            ExpiresAt = now + rule.ExpiresAfter,
        };
    }

    private static ApprovalSource SourceOf(RunKind kind) => kind switch
    {
        RunKind.Team => ApprovalSource.Team,
        RunKind.Workflow => ApprovalSource.Workflow,
        _ => ApprovalSource.Agent,
    };

    private static ApprovalWait WaitOf(ApprovalRecord approval, ApprovalRule rule) => new(
        approval.Id, approval.EscalatedAt is null ? approval.EscalateAt : null, approval.ExpiresAt, rule.Notify is not null);

    // What the person edited stands in place of what the model gave; what the person filled in is added to it.
    private static Passage.Open OpenWith(ApprovalRecord approval, JsonElement asked)
    {
        var given = approval.Resolution;
        var edited = given?.Arguments ?? (given?.Values is { } values ? ApprovalAnswer.Merge(asked, values) : null);
        return new Passage.Open(edited ?? asked) { Edited = edited };
    }

    private static ToolOutcome Unknown(string? note) => new(null, ExecuteToolRunner.OutcomeUnknown,
        "The call was begun and then interrupted; whether it took effect is not known. It was not repeated. "
        + (note is null ? "Check before calling the tool again." : $"A person says: {note}"));

    private static string Because(ApprovalRecord approval) => approval.Note is { Length: > 0 } note ? $": {note}" : "";
}
