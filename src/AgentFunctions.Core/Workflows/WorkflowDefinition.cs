// What makes a definition a workflow: a tree of steps, and the members that its steps name.
using System.Text.Json.Serialization;
using AgentFunctions.Agents;

namespace AgentFunctions.Workflows;

/// <summary>The workflow part of a definition.</summary>
public sealed record WorkflowDefinition
{
    /// <summary>Step attempts that one run may take when the workflow names no limit of its own.</summary>
    public const int DefaultMaxSteps = 1000;

    /// <summary>The agents, teams and workflows that its steps name, once each; pinned by hash.</summary>
    public required IReadOnlyList<MemberReference> Members { get; init; }

    /// <summary>In the order of their execution. Ids are unique in the whole tree.</summary>
    public required IReadOnlyList<WorkflowStep> Steps { get; init; }

    /// <summary>A <see cref="Template"/> of the run's answer; null for the output of the last step that was not skipped.</summary>
    public string? Output { get; init; }

    /// <summary>Seconds for the whole run; null for no limit.</summary>
    public double? TimeoutSeconds { get; init; }

    /// <summary>What the workflow is as a whole: the kind of its only step, or <c>sequence</c>.</summary>
    [JsonIgnore]
    public string Pattern => AgentJson.Word(Steps is [var only] ? only.Kind : StepKind.Sequence);

    /// <summary>Every step of the tree, each before those within it.</summary>
    public static IEnumerable<WorkflowStep> Walk(IEnumerable<WorkflowStep> steps) => steps.SelectMany(step => Walk(step.Children).Prepend(step));

    /// <exception cref="KeyNotFoundException">There is no such step.</exception>
    public WorkflowStep Step(string id) =>
        Walk(Steps).FirstOrDefault(step => step.Id == id) ?? throw new KeyNotFoundException($"The workflow has no step '{id}'.");

    public MemberReference Member(string name) => Members.First(member => member.Name == name);
}
