// The activity that gives a member's answer to its team.
using AgentFunctions.Teams;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Activities;

public sealed class CompleteDelegation(DelegationRunner runner)
{
    [Function(nameof(CompleteDelegation))]
    public Task RunAsync([ActivityTrigger] Delegation delegation, FunctionContext context) =>
        runner.CompleteAsync(delegation, context.CancellationToken);
}
