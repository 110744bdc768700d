// The activity that posts one notice of an approval.
using AgentFunctions.Approvals;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Activities;

public sealed class SendApprovalNotice(ApprovalNotifier notifier)
{
    [Function(nameof(SendApprovalNotice))]
    public Task RunAsync([ActivityTrigger] ApprovalNotice notice, FunctionContext context) => notifier.SendAsync(notice, context.CancellationToken);
}
