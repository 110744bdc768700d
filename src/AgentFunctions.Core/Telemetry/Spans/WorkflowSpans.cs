using System.Diagnostics;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using static AgentFunctions.Telemetry.GenAiAttributes;
using static AgentFunctions.Telemetry.SpanAttributes;

namespace AgentFunctions.Telemetry.Spans;

/// <summary>A team's or a workflow's run as a whole.</summary>
/// <param name="Name">Of the definition; never of one run.</param>
/// <param name="Pattern"><c>team</c>, <c>sequence</c>, <c>parallel</c>, <c>loop</c>, <c>condition</c>, …</param>
public sealed record WorkflowFacts(string Name, string Pattern)
{
    /// <summary>Set for a team.</summary>
    public string? TeamId { get; init; }

    /// <summary>Set for a workflow.</summary>
    public string? WorkflowId { get; init; }

    /// <summary>How many members were asked.</summary>
    public required int Steps { get; init; }
}

/// <summary>The span <c>invoke_workflow {name}</c>: the root of a run whose members have runs of their own.</summary>
public static class WorkflowSpans
{
    /// <summary>Neither model nor tokens: some back ends would take the span for a model call and count twice.</summary>
    public static SpanFacts Root(RunRecord run, WorkflowFacts workflow)
    {
        var error = RunSpans.ErrorOf(run);
        var start = run.StartedAt ?? run.CreatedAt;
        var attributes = SpanAttributes.Of(run, InvokeWorkflow, ChainKind);
        attributes[WorkflowName] = workflow.Name;
        attributes[WorkflowPattern] = workflow.Pattern;
        attributes[WorkflowSteps] = (long)workflow.Steps;
        attributes.AddUnlessNull(TeamId, workflow.TeamId);
        attributes.AddUnlessNull(WorkflowId, workflow.WorkflowId);
        attributes.AddUnlessNull(ParentRunId, run.ParentRunId);
        attributes.AddUnlessNull(TerminationReason, run.TerminationReason);
        attributes[RunStatusName] = AgentJson.Word(run.Status);
        attributes[RunSteps] = (long)run.Steps;
        attributes.AddUnlessNull(ErrorType, error?.Code);
        return new SpanFacts
        {
            Path = RunTrace.RootPath,
            Name = $"{InvokeWorkflow} {workflow.Name}",
            Kind = ActivityKind.Internal,
            Start = start,
            End = EndOf(start, run.FinishedAt ?? start),
            Status = StatusOf(error?.Code),
            StatusMessage = error?.Message,
            Attributes = attributes,
            Content = SpanContent.OfText(run.Input, run.Content),
        };
    }
}
