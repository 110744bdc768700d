// The activity that begins a step of a workflow.
using AgentFunctions.Workflows;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Activities;

public sealed class BeginStep(StepStarter starter)
{
    [Function(nameof(BeginStep))]
    public Task<StepDecision> RunAsync([ActivityTrigger] StepAttempt step, FunctionContext context) =>
        starter.BeginAsync(step, context.CancellationToken);
}
