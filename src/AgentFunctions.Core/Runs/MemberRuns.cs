// Runs that a team or a workflow gives to its members: created once, under the parent's session, user and trace.
using System.Diagnostics;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Budgets;
using AgentFunctions.Models;
using AgentFunctions.Teams;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Metrics;

namespace AgentFunctions.Runs;

/// <summary>What a team or workflow asks of a member.</summary>
/// <param name="ParentRunId">The run that asks.</param>
/// <param name="RunId">The member's run, of <see cref="RunIds.Member"/>.</param>
/// <param name="DefinitionHash">The member's definition.</param>
/// <param name="Input">What it is asked; null to take what the parent itself was asked.</param>
/// <param name="SpanPath">Path, in the parent's trace, of the span that the member's root span is a child of.</param>
public sealed record MemberRequest(string ParentRunId, string RunId, string DefinitionHash, string? Input, string SpanPath)
{
    /// <summary>Takes the place of the member's own budget.</summary>
    public RunBudget? Budget { get; init; }

    /// <summary>The accounts of the runs that the member works for; null for none.</summary>
    public IReadOnlyList<RunAccount>? Accounts { get; init; }

    public JsonObject? Metadata { get; init; }

    /// <summary>How a team chose the member; its delegation is shown while it is under way.</summary>
    public DelegationStart? Delegation { get; init; }

    /// <summary>Where the input is found, when it is not <see cref="Input"/>.</summary>
    public MemberTask? Task { get; init; }
}

/// <summary>What the BeginMember activity does. Safe to repeat: the run is created once.</summary>
public sealed class MemberRuns(
    IRunStore runs, DefinitionResolver definitions, MemberTasks tasks, BudgetPolicy budgets, RunMetrics metrics, TimeProvider time)
{
    /// <summary>How deep runs may start runs; the root run has depth 0.</summary>
    public const int MaxDepth = 8;

    /// <returns>The input of the member's orchestration.</returns>
    /// <exception cref="InvalidOperationException">The member would be deeper than <see cref="MaxDepth"/>.</exception>
    public async Task<RunStart> BeginAsync(MemberRequest request, CancellationToken cancellationToken)
    {
        var parent = await runs.RequireAsync(request.ParentRunId, cancellationToken);
        if (parent.Depth == MaxDepth)
            throw new InvalidOperationException($"Run {parent.RunId} is {MaxDepth} levels deep, as deep as teams and workflows may be nested.");
        var member = await definitions.PinAsync(request.DefinitionHash, cancellationToken);
        var proposed = Propose(parent, member, request, await tasks.ReadAsync(parent, request, cancellationToken));
        var messages = NewRun.FirstMessages(proposed, member, await PartsAsync(parent, proposed, cancellationToken));
        var creation = await runs.CreateAsync(proposed, [NewRun.StartEvent(proposed)], messages, cancellationToken);
        if (creation.Created)
            Count(creation.Run);
        if (request.Delegation is { } delegation)
            await runs.CommitAsync(delegation.MarkFor(parent, creation.Run), cancellationToken);
        return RunStart.Of(creation.Run, member) with { Shared = budgets.TermsOf(creation.Run, member, request.Accounts) };
    }

    // Members see the images that their parent was shown, whatever they are asked about them.
    private async Task<IReadOnlyList<MessagePart>?> PartsAsync(RunRecord parent, RunRecord member, CancellationToken cancellationToken)
    {
        var images = await runs.InputImagesAsync(parent.RunId, cancellationToken);
        return images.Count == 0 ? null : [MessagePart.OfText(member.Input), .. images];
    }

    private void Count(RunRecord run)
    {
        using (RunContext.Enter(run.RunId, run.TraceId))
            metrics.Started(run);
    }

    private RunRecord Propose(RunRecord parent, AgentDefinition member, MemberRequest request, string input)
    {
        var caller = new ActivityContext(
            ActivityTraceId.CreateFromString(parent.TraceId), RunTrace.SpanId(parent.RunId, request.SpanPath),
            parent.Export ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None);
        return new RunRecord
        {
            RunId = request.RunId,
            Kind = member.Kind,
            AgentId = member.Name,
            DefinitionHash = member.Hash,
            SessionId = parent.SessionId,
            UserId = parent.UserId,
            ParentRunId = parent.RunId,
            Depth = parent.Depth + 1,
            TeamId = member.Kind == RunKind.Team ? member.Name : parent.TeamId,
            WorkflowId = member.Kind == RunKind.Workflow ? member.Name : parent.WorkflowId,
            Input = input,
            Metadata = request.Metadata ?? parent.Metadata,
            Model = member.Model.Model,
            Budget = request.Budget,
            TraceId = parent.TraceId,
            TraceParent = $"00-{caller.TraceId}-{caller.SpanId}-{(byte)caller.TraceFlags:x2}",
            Export = parent.Export,
            CreatedAt = time.GetUtcNow(),
        };
    }
}
