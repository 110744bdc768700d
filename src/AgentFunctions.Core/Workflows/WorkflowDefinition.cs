// What makes a definition a workflow.
using AgentFunctions.Agents;

namespace AgentFunctions.Workflows;

/// <summary>The workflow part of a definition.</summary>
public sealed record WorkflowDefinition
{
    /// <summary>The agents, teams and workflows that its steps name, once each; pinned by hash.</summary>
    public required IReadOnlyList<MemberReference> Members { get; init; }
}
