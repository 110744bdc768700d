// The activity that shows a workflow's run as under way and gives its steps.
using AgentFunctions.Workflows;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Activities;

public sealed class BeginWorkflow(WorkflowRuns workflows)
{
    [Function(nameof(BeginWorkflow))]
    public Task<WorkflowDefinition> RunAsync([ActivityTrigger] WorkflowBeginning beginning, FunctionContext context) =>
        workflows.BeginAsync(beginning, context.CancellationToken);
}
