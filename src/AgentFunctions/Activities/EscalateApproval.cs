// The activity that marks an approval as escalated when nobody decided it for long.
using AgentFunctions.Approvals;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Activities;

public sealed class EscalateApproval(ApprovalDesk desk)
{
    [Function(nameof(EscalateApproval))]
    public Task RunAsync([ActivityTrigger] string approvalId, FunctionContext context) => desk.EscalateAsync(approvalId, context.CancellationToken);
}
