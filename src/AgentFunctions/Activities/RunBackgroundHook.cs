// The activity of one attempt of a background hook.
using AgentFunctions.Hooks;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Activities;

public sealed class RunBackgroundHook(BackgroundHookRunner runner)
{
    [Function(nameof(RunBackgroundHook))]
    public Task RunAsync([ActivityTrigger] BackgroundHookJob job, FunctionContext context) => runner.RunAsync(job, context.CancellationToken);
}
