using System.Diagnostics;
using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using static AgentFunctions.Telemetry.GenAiAttributes;
using static AgentFunctions.Telemetry.SpanAttributes;

namespace AgentFunctions.Telemetry.Spans;

/// <summary>A wait for a person, from the request to its end.</summary>
/// <param name="ApprovalId">The approval's row.</param>
/// <param name="Step">The model step that asked for the tool.</param>
/// <param name="CallId">The tool call that waited.</param>
/// <param name="Tool">Its tool.</param>
/// <param name="Decision"><c>approved</c>, <c>rejected</c>, <c>expired</c> or <c>cancelled</c>.</param>
/// <param name="RequestedAt">When the run began to wait.</param>
/// <param name="ResolvedAt">When the wait was over.</param>
public sealed record ApprovalFacts(
    string ApprovalId, int Step, string CallId, string Tool, string Decision, DateTimeOffset RequestedAt, DateTimeOffset ResolvedAt)
{
    /// <summary>What distinguishes a further wait of the same call; null for the first.</summary>
    public string? Occasion { get; init; }

    /// <summary>Who decided; null when nobody did.</summary>
    public string? DecidedBy { get; init; }

    /// <summary>What the tool was to be called with.</summary>
    public JsonElement? Arguments { get; init; }

    /// <summary>What the person wrote.</summary>
    public string? Note { get; init; }
}

/// <summary>The span <c>approval {tool}</c>, beside the tool's own.</summary>
public static class ApprovalSpans
{
    /// <summary>The decision of a wait that nobody ended in time, and the span's <c>error.type</c>.</summary>
    public const string Expired = "expired";

    public static string Path(int step, string callId, string? occasion = null) =>
        $"step:{step}/approval:{callId}{(occasion is null ? "" : $":{occasion}")}";

    public static SpanFacts Of(RunRecord run, AgentDefinition agent, ApprovalFacts approval)
    {
        var end = EndOf(approval.RequestedAt, approval.ResolvedAt);
        var error = approval.Decision == Expired ? $"approval_{Expired}" : null;
        var attributes = SpanAttributes.Of(run, agent, null, ChainKind);
        attributes[ToolName] = approval.Tool;
        attributes[ToolCallId] = approval.CallId;
        attributes[Step] = (long)approval.Step;
        attributes[ApprovalId] = approval.ApprovalId;
        attributes[ApprovalDecision] = approval.Decision;
        attributes.AddUnlessNull(ApprovalDecidedBy, approval.DecidedBy);
        attributes[ApprovalWaitSeconds] = (end - approval.RequestedAt).TotalSeconds;
        attributes.AddUnlessNull(ErrorType, error);
        return new SpanFacts
        {
            Path = Path(approval.Step, approval.CallId, approval.Occasion),
            ParentPath = RunTrace.RootPath,
            Name = $"approval {approval.Tool}",
            Kind = ActivityKind.Internal,
            Start = approval.RequestedAt,
            End = end,
            Status = StatusOf(error),
            StatusMessage = error is null ? null : "Nobody decided in time.",
            Attributes = attributes,
            Content = SpanContent.OfApproval(approval.Arguments, approval.Note),
        };
    }
}
