// The activity that writes a workflow's answer.
using AgentFunctions.Workflows;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Activities;

public sealed class EndWorkflow(WorkflowRuns workflows)
{
    [Function(nameof(EndWorkflow))]
    public Task RunAsync([ActivityTrigger] WorkflowEnd end, FunctionContext context) =>
        workflows.EndAsync(end, context.CancellationToken);
}
