using System.Diagnostics;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using static AgentFunctions.Telemetry.GenAiAttributes;
using static AgentFunctions.Telemetry.SpanAttributes;

namespace AgentFunctions.Telemetry.Spans;

/// <summary>Work that a team or a workflow gave to a member, which does it in a run of its own.</summary>
/// <param name="Member">The member's name.</param>
/// <param name="Mode">How it was chosen: <c>supervisor</c>, <c>route</c>, <c>broadcast</c>, <c>sequence</c>, <c>parallel</c>, <c>loop</c> or <c>condition</c>.</param>
/// <param name="Round">From 1.</param>
/// <param name="SubRunId">The member's run; its root span is this span's child.</param>
/// <param name="Start">When the member was asked.</param>
/// <param name="End">When its answer was there.</param>
public sealed record DelegationFacts(string Member, string Mode, int Round, string SubRunId, DateTimeOffset Start, DateTimeOffset End)
{
    public string? TeamId { get; init; }

    public string? WorkflowId { get; init; }

    /// <summary>The span that delegated.</summary>
    public string ParentPath { get; init; } = RunTrace.RootPath;

    /// <summary>What the member was asked.</summary>
    public string? Input { get; init; }

    /// <summary>What it answered.</summary>
    public string? Output { get; init; }

    public RunError? Error { get; init; }
}

/// <summary>The span <c>delegate {member}</c>. The model calls below it carry the tokens.</summary>
public static class DelegationSpans
{
    public static string Path(string parentPath, int round, string subRunId) => RunTrace.Below(parentPath, $"delegate:{round}:{subRunId}");

    public static SpanFacts Of(RunRecord run, AgentDefinition agent, DelegationFacts delegation)
    {
        var attributes = SpanAttributes.Of(run, agent, null, AgentKind);
        attributes[DelegationMember] = delegation.Member;
        attributes[DelegationMode] = delegation.Mode;
        attributes[DelegationRound] = (long)delegation.Round;
        attributes[SubRunId] = delegation.SubRunId;
        attributes.AddUnlessNull(TeamId, delegation.TeamId);
        attributes.AddUnlessNull(WorkflowId, delegation.WorkflowId);
        attributes.AddUnlessNull(ErrorType, delegation.Error?.Code);
        return new SpanFacts
        {
            Path = Path(delegation.ParentPath, delegation.Round, delegation.SubRunId),
            ParentPath = delegation.ParentPath,
            Name = $"delegate {delegation.Member}",
            Kind = ActivityKind.Internal,
            Start = delegation.Start,
            End = EndOf(delegation.Start, delegation.End),
            Status = StatusOf(delegation.Error?.Code),
            StatusMessage = delegation.Error?.Message,
            Attributes = attributes,
            Content = SpanContent.OfText(delegation.Input, delegation.Output),
        };
    }
}
