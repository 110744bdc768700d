// The activity that ends a step of a workflow.
using AgentFunctions.Workflows;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Activities;

public sealed class EndStep(StepFinisher finisher)
{
    [Function(nameof(EndStep))]
    public Task RunAsync([ActivityTrigger] StepEnd end, FunctionContext context) =>
        finisher.EndAsync(end, context.CancellationToken);
}
