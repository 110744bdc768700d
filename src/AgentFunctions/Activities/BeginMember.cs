// The activity that creates a member's run.
using AgentFunctions.Runs;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Activities;

public sealed class BeginMember(MemberRuns members)
{
    [Function(nameof(BeginMember))]
    public Task<RunStart> RunAsync([ActivityTrigger] MemberRequest request, FunctionContext context) =>
        members.BeginAsync(request, context.CancellationToken);
}
