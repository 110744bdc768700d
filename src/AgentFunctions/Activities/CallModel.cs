// The activity of one model call.
using AgentFunctions.Runs;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Activities;

public sealed class CallModel(CallModelRunner runner)
{
    [Function(nameof(CallModel))]
    public Task<ModelStepResult> RunAsync([ActivityTrigger] ModelStep step, FunctionContext context) =>
        runner.RunAsync(step, context.CancellationToken);
}
