// Forgets the operations that forgot: their own input names a session or a user.
using AgentFunctions.Orchestrations;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Sessions;

/// <summary>Every hour: purges the erasures that ended and began more than an hour ago. Until then clients can read how they ended.</summary>
public sealed class ErasureSweep(TimeProvider time)
{
    private static readonly TimeSpan _readable = TimeSpan.FromHours(1);

    [Function(nameof(ErasureSweep))]
    public Task RunAsync([TimerTrigger("0 15 * * * *", RunOnStartup = true)] TimerInfo timer, [DurableClient] DurableTaskClient client, FunctionContext context) =>
        SweepAsync(client, context.CancellationToken);

    public async Task SweepAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        var ended = new OrchestrationQuery(
            CreatedTo: time.GetUtcNow() - _readable,
            Statuses: [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated],
            InstanceIdPrefix: ForgetData.IdPrefix);
        await foreach (var instance in client.GetAllInstancesAsync(ended).WithCancellation(cancellationToken))
            await client.PurgeInstanceAsync(instance.InstanceId, cancellationToken);
    }
}
