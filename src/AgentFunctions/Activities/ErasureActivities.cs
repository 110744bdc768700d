// The activities of an erasure.
using AgentFunctions.Runs;
using AgentFunctions.Sessions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;

namespace AgentFunctions.Activities;

public sealed class FindErasable(Erasure erasure)
{
    [Function(nameof(FindErasable))]
    public Task<ErasureBatch> RunAsync([ActivityTrigger] ErasureOrder order, FunctionContext context) => erasure.FindAsync(order, context.CancellationToken);
}

/// <summary>Removes runs with their durable history. That goes first: the row of a run is how a repeated erasure finds it.</summary>
public sealed class EraseRuns(Erasure erasure, RunInstances instances)
{
    [Function(nameof(EraseRuns))]
    public async Task RunAsync([ActivityTrigger] IReadOnlyList<ErasableRun> runs, [DurableClient] DurableTaskClient client, FunctionContext context)
    {
        // A run is finished a moment before its orchestration ends; the retry of the activity waits for that.
        foreach (var run in runs)
            await instances.PurgeAsync(client, run.RunId, context.CancellationToken);
        await erasure.RemoveAsync(runs, context.CancellationToken);
    }
}

public sealed class EraseSessions(Erasure erasure)
{
    [Function(nameof(EraseSessions))]
    public Task RunAsync([ActivityTrigger] IReadOnlyList<string> sessions, FunctionContext context) =>
        erasure.RemoveSessionsAsync(sessions, context.CancellationToken);
}

public sealed class MendSession(SessionMending mending)
{
    [Function(nameof(MendSession))]
    public Task RunAsync([ActivityTrigger] string sessionId, FunctionContext context) => mending.MendAsync(sessionId, context.CancellationToken);
}

/// <summary>Before the proof, the rows of deleted entities go: they have no state any more, but their ids name sessions and users.</summary>
public sealed class ProveErasure(Erasure erasure)
{
    private static readonly CleanEntityStorageRequest _emptyOnes = new() { RemoveEmptyEntities = true };

    [Function(nameof(ProveErasure))]
    public async Task RunAsync([ActivityTrigger] ErasureOrder order, [DurableClient] DurableTaskClient client, FunctionContext context)
    {
        if (order.RunId is null)
            await client.Entities.CleanEntityStorageAsync(_emptyOnes, cancellation: context.CancellationToken);
        await erasure.ProveAsync(order, context.CancellationToken);
    }
}

/// <summary>Asks runs to stop. One that ended meanwhile is left as it is.</summary>
public sealed class CancelRuns(RunCanceller canceller)
{
    [Function(nameof(CancelRuns))]
    public async Task RunAsync([ActivityTrigger] IReadOnlyList<string> runs, [DurableClient] DurableTaskClient client, FunctionContext context)
    {
        foreach (var run in runs)
            await canceller.CancelAsync(client, run, "erasure", context.CancellationToken);
    }
}
