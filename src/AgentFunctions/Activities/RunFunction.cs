// The activity of a workflow's step that is a C# function.
using AgentFunctions.Runs;
using AgentFunctions.Workflows;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Activities;

public sealed class RunFunction(StepFunctions functions)
{
    [Function(nameof(RunFunction))]
    public Task<RunError?> RunAsync([ActivityTrigger] StepAttempt step, FunctionContext context) =>
        functions.RunAsync(step, context.CancellationToken);
}
