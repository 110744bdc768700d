// The activity that marks a member's run for cancelling, so that its model and tool calls notice.
using AgentFunctions.Runs;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Activities;

public sealed class CancelMember(IRunStore runs, TimeProvider time)
{
    [Function(nameof(CancelMember))]
    public Task RunAsync([ActivityTrigger] string runId, FunctionContext context) =>
        runs.RequestCancelAsync(runId, "The run that it works for was cancelled, or waits for it no longer.", time.GetUtcNow(), context.CancellationToken);
}
