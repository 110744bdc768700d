// Telling somebody of an approval over a webhook, with patience.
using AgentFunctions.Activities;
using AgentFunctions.Approvals;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace AgentFunctions.Orchestrations;

/// <summary>One notice. It is sent at least once, for about an hour until the receiver takes it; a failure harms no run.</summary>
public static class ApprovalNotification
{
    private static readonly TaskOptions _insistent = TaskOptions.FromRetryPolicy(
        new RetryPolicy(maxNumberOfAttempts: 10, firstRetryInterval: TimeSpan.FromSeconds(5), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(10)));

    [Function(nameof(ApprovalNotification))]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, ApprovalNotice notice)
    {
        try
        {
            await context.CallActivityAsync(nameof(SendApprovalNotice), notice, _insistent);
        }
        catch (TaskFailedException)
        {
            // Each attempt was logged; the approval can be decided without.
        }
    }

    /// <summary>The instance id is derived, so that a notice is one instance.</summary>
    public static string IdOf(string approvalId, ApprovalNews news) => $"notice:{approvalId}:{news}";
}
