// The activity of the post-hooks that a run waits for.
using AgentFunctions.Hooks;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Activities;

public sealed class CheckOutput(RunCheckRunner runner)
{
    [Function(nameof(CheckOutput))]
    public Task<RunCheckOutcome> RunAsync([ActivityTrigger] RunCheck check, FunctionContext context) =>
        runner.RunAsync(check, context.CancellationToken);
}
