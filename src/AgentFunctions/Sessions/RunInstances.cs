// The durable instances of a run: its own, and those of what it started on the side and never awaited.
using AgentFunctions.Agents;
using AgentFunctions.Approvals;
using AgentFunctions.Hooks;
using AgentFunctions.Orchestrations;
using AgentFunctions.Runs;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Sessions;

/// <summary>Takes out the durable history of a finished run, of its background hooks and of the notices of its approvals.</summary>
public sealed class RunInstances(IRunStore runs, IDefinitionStore definitions, IApprovalStore approvals)
{
    /// <summary>Safe to repeat while the run's row and its approvals are there: by them it finds what to take out.</summary>
    /// <exception cref="InvalidOperationException">The run's orchestration goes on; try again when it has ended.</exception>
    public async Task PurgeAsync(DurableTaskClient client, string runId, CancellationToken cancellationToken)
    {
        if (await client.GetInstanceAsync(runId, cancellationToken) is { IsCompleted: false })
            throw new InvalidOperationException($"The orchestration of run {runId} has not ended yet.");
        foreach (var id in await SideWorkAsync(runId, cancellationToken))
            await StopAsync(client, id, cancellationToken);
        await client.PurgeInstanceAsync(runId, cancellationToken);
    }

    private async Task<List<string>> SideWorkAsync(string runId, CancellationToken cancellationToken)
    {
        if (await runs.GetAsync(runId, cancellationToken) is not { } run)
            return [];
        var agent = await definitions.GetAsync(run.DefinitionHash, cancellationToken);
        var found = (agent?.BackgroundJobs(runId) ?? []).Select(job => BackgroundHookJob.IdOf(job.RunId, job.Hook)).ToList();
        string? cursor = null;
        do
        {
            var page = await approvals.ListAsync(new ApprovalQuery(RunId: runId, Limit: 200, Cursor: cursor), cancellationToken);
            found.AddRange(page.Items.SelectMany(approval => Enum.GetValues<ApprovalNews>().Select(news => ApprovalNotification.IdOf(approval.Id, news))));
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        return found;
    }

    // Whoever is still to be told of the run is not told any more.
    private static async Task StopAsync(DurableTaskClient client, string id, CancellationToken cancellationToken)
    {
        if (await client.GetInstanceAsync(id, cancellationToken) is not { } instance)
            return;
        if (!instance.IsCompleted)
        {
            await client.TerminateInstanceAsync(id, cancellation: cancellationToken);
            await client.WaitForInstanceCompletionAsync(id, cancellationToken);
        }

        await client.PurgeInstanceAsync(id, cancellationToken);
    }
}
