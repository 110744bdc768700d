// Starts orchestrations that nobody waits for. A sub-orchestration would not do: an orchestration ends only after those it
// called, awaited or not, so a hook that is tried for an hour would keep its run, and whoever awaits that run, for the hour.
using AgentFunctions.Approvals;
using AgentFunctions.Hooks;
using AgentFunctions.Orchestrations;
using DurableTask.Core.Exceptions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Activities;

public static class StartBackgroundHook
{
    [Function(nameof(StartBackgroundHook))]
    public static Task RunAsync([ActivityTrigger] BackgroundHookJob job, [DurableClient] DurableTaskClient client, FunctionContext context) =>
        client.StartOnceAsync(nameof(BackgroundHook), job, BackgroundHookJob.IdOf(job.RunId, job.Hook), context.CancellationToken);
}

public static class StartApprovalNotification
{
    [Function(nameof(StartApprovalNotification))]
    public static Task RunAsync([ActivityTrigger] ApprovalNotice notice, [DurableClient] DurableTaskClient client, FunctionContext context) =>
        client.StartOnceAsync(
            nameof(ApprovalNotification), notice, ApprovalNotification.IdOf(notice.ApprovalId, notice.News), context.CancellationToken);
}

internal static class SideWork
{
    /// <summary>Starts the instance unless there ever was one of its id, so it is safe to repeat.</summary>
    public static async Task StartOnceAsync(
        this DurableTaskClient client, string orchestrator, object input, string instanceId, CancellationToken cancellationToken)
    {
        if (await client.GetInstanceAsync(instanceId, cancellationToken) is not null)
            return;
        try
        {
            await client.ScheduleNewOrchestrationInstanceAsync(orchestrator, input, new StartOrchestrationOptions(instanceId), cancellationToken);
        }
        catch (OrchestrationAlreadyExistsException)
        {
            // An earlier delivery of the same activity was first.
        }
    }
}
