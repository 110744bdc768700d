// Steps that wait for a person: what is asked, and what came of it.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Approvals;
using AgentFunctions.Runs;

namespace AgentFunctions.Workflows;

/// <summary>What AskPerson found: a decision, or that there is none yet.</summary>
/// <param name="Decision">Null while nobody has decided.</param>
/// <param name="Waits">How to wait; null when it is decided.</param>
public sealed record PersonAnswer(ApprovalStatus? Decision = null, ApprovalWait? Waits = null);

/// <summary>What the AskPerson activity does. Only the approval's row decides, so it may be asked any number of times.</summary>
public sealed class StepPersons(IRunStore runs, DefinitionResolver definitions, IApprovalStore approvals, ApprovalDesk desk, TimeProvider time)
{
    public async Task<PersonAnswer> AskAsync(StepAttempt step, CancellationToken cancellationToken)
    {
        var run = await runs.RequireAsync(step.RunId, cancellationToken);
        var definition = (await definitions.ResolveAsync(run.DefinitionHash, cancellationToken)).Workflow!.Step(step.StepId);
        var prompt = await StepStarter.InputAsync(runs, step, cancellationToken);
        var approval = await desk.RequestAsync(Propose(run, step, definition.Human!, prompt), cancellationToken);
        if (approval.IsPending)
            return new PersonAnswer(Waits: new ApprovalWait(approval.Id, EscalateAt: null, approval.ExpiresAt, Notifies: false));
        await desk.SettleAsync(approval, cancellationToken);
        return new PersonAnswer(approval.Status);
    }

    /// <summary>What the person gave: <c>{decision, by?, note?, values?, result?}</c>; null when nobody was asked.</summary>
    public async Task<JsonNode?> OutputAsync(StepAttempt step, CancellationToken cancellationToken)
    {
        if (await approvals.GetAsync(IdOf(step), cancellationToken) is not { } approval)
            return null;
        return new JsonObject
        {
            ["decision"] = AgentJson.Word(approval.Status),
            ["by"] = approval.ResolvedBy,
            ["note"] = approval.Note,
            ["values"] = Node(approval.Resolution?.Values),
            ["result"] = Node(approval.Resolution?.Result),
        };
    }

    private static string IdOf(StepAttempt step) => ApprovalIds.Of(step.RunId, step.Number, StepAddress.CallId(step.Address), arguments: null);

    private ApprovalRecord Propose(RunRecord run, StepAttempt step, HumanRequest human, string prompt)
    {
        var now = time.GetUtcNow();
        return new ApprovalRecord
        {
            Id = IdOf(step),
            RunId = run.RunId,
            SessionId = run.SessionId,
            AgentId = run.AgentId,
            TeamId = run.TeamId,
            WorkflowId = run.WorkflowId,
            UserId = run.UserId,
            SourceType = ApprovalSource.Workflow,
            PauseType = human.Pause,
            ToolName = step.StepId,
            Step = step.Number,
            CallId = StepAddress.CallId(step.Address),
            Context = new JsonObject { ["prompt"] = prompt },
            Fields = human.Fields,
            Quorum = human.Quorum,
            Approvers = human.Approvers,
            CreatedAt = now,
            UpdatedAt = now,
            ExpiresAt = now + human.ExpiresAfter,
        };
    }

    private static JsonNode? Node(JsonElement? value) => value is { } json ? JsonNode.Parse(json.GetRawText()) : null;
}
