using System.Diagnostics;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Workflows;
using static AgentFunctions.Telemetry.GenAiAttributes;
using static AgentFunctions.Telemetry.SpanAttributes;

namespace AgentFunctions.Telemetry.Spans;

/// <summary>The span <c>step {id}</c> of an attempt of a workflow's step, within that of the step around it, and the delegation to a member.</summary>
public static class StepSpans
{
    /// <summary>What was skipped has no span.</summary>
    public static IReadOnlyList<SpanFacts> Of(RunRecord run, AgentDefinition agent, StepResult result)
    {
        if (result.Status == StepStatus.Skipped)
            return [];
        var step = StepOf(run, agent, result);
        return result.MemberRunId is null ? [step] : [step, DelegationSpans.Of(run, agent, DelegationOf(run, agent, result))];
    }

    /// <summary>Path of the delegation to a member that the attempt begins.</summary>
    public static string DelegationPath(StepAttempt step, string memberRunId) =>
        DelegationSpans.Path(StepAddress.SpanPath(step.Address), step.Iteration ?? 1, memberRunId);

    private static SpanFacts StepOf(RunRecord run, AgentDefinition agent, StepResult result)
    {
        var attributes = SpanAttributes.Of(run, agent, null, ChainKind);
        attributes[WorkflowStepId] = result.Step.StepId;
        attributes[WorkflowStepKind] = AgentJson.Word(result.Kind);
        attributes[WorkflowStepPath] = result.Step.Address;
        attributes[Attempt] = (long)result.Step.Attempt;
        attributes.AddUnlessNull(WorkflowIteration, (long?)result.Step.Iteration);
        attributes.AddUnlessNull(WorkflowChoice, result.Choice);
        attributes.AddUnlessNull(ErrorType, result.Error?.Code);
        return new SpanFacts
        {
            Path = StepAddress.SpanPath(result.Step.Address),
            ParentPath = StepAddress.Parent(result.Step.Address) is { } parent ? StepAddress.SpanPath(parent) : RunTrace.RootPath,
            Name = $"step {result.Step.StepId}",
            Kind = ActivityKind.Internal,
            Start = result.StartedAt,
            End = EndOf(result.StartedAt, result.EndedAt),
            Status = StatusOf(result.Error?.Code),
            StatusMessage = result.Error?.Message,
            StatusSummary = result.Error?.Code,
            Attributes = attributes,
            Content = SpanContent.OfText(TextOf(result.Input), TextOf(result.Output)),
        };
    }

    private static DelegationFacts DelegationOf(RunRecord run, AgentDefinition agent, StepResult result) => new(
        agent.Workflow!.Step(result.Step.StepId).Target!, ModeOf(agent.Workflow, result), result.Step.Iteration ?? 1, result.MemberRunId!, result.StartedAt, result.EndedAt)
    {
        WorkflowId = run.AgentId,
        ParentPath = StepAddress.SpanPath(result.Step.Address),
        Input = TextOf(result.Input),
        Output = TextOf(result.Output),
        Error = result.Error,
    };

    // How the step came to be done is told by what is around it.
    private static string ModeOf(WorkflowDefinition workflow, StepResult result)
    {
        var around = WorkflowDefinition.Walk(workflow.Steps).FirstOrDefault(step => step.Children.Any(child => child.Id == result.Step.StepId));
        return AgentJson.Word(around?.Kind ?? StepKind.Sequence);
    }

    private static string? TextOf(JsonNode? value) => value is null ? null : value is JsonValue text && text.TryGetValue<string>(out var plain) ? plain : value.ToJsonString();
}
