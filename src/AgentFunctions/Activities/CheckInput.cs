// The activity of an agent's pre-hooks.
using AgentFunctions.Hooks;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Activities;

public sealed class CheckInput(RunCheckRunner runner)
{
    [Function(nameof(CheckInput))]
    public Task<RunCheckOutcome> RunAsync([ActivityTrigger] RunCheck check, FunctionContext context) =>
        runner.RunAsync(check, context.CancellationToken);
}
