// Workflows made in code.
using AgentFunctions.Agents;
using AgentFunctions.Models;

namespace AgentFunctions.Workflows;

/// <summary>The beginning of a workflow made in code; see <see cref="WorkflowBuilder"/>.</summary>
public static class Workflow
{
    /// <param name="name">The workflow's id in routes, spans and run rows.</param>
    public static WorkflowBuilder Create(string name) => new(name);

    /// <summary>The definition, pinned to those that its members have now.</summary>
    internal static AgentDefinition Of(AgentDefinition frame, WorkflowDefinition workflow, IReadOnlyList<AgentDefinition> members) =>
        frame with { Workflow = workflow with { Members = [.. members.Select(MemberReference.To)] } };
}
