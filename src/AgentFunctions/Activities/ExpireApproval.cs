// The activity that ends an approval that nobody decided in time.
using AgentFunctions.Approvals;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Activities;

public sealed class ExpireApproval(ApprovalDesk desk)
{
    [Function(nameof(ExpireApproval))]
    public Task RunAsync([ActivityTrigger] string approvalId, FunctionContext context) => desk.ExpireAsync(approvalId, context.CancellationToken);
}
