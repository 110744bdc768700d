// Asking a run to stop: the mark on its row, and the event that wakes its orchestration.
using AgentFunctions.Orchestrations;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Runs;

public sealed class RunCanceller(IRunStore runs, TimeProvider time)
{
    /// <summary>Asks the run to stop. Gives the run as it then is, which may have ended by itself; null when there is none.</summary>
    public async Task<RunRecord?> CancelAsync(DurableTaskClient client, string runId, string? reason, CancellationToken cancellationToken)
    {
        var run = await runs.RequestCancelAsync(runId, reason, time.GetUtcNow(), cancellationToken);
        if (run is null or { IsFinished: true })
            return run;
        try
        {
            await client.RaiseEventAsync(runId, AgentRun.CancelEvent, reason, cancellationToken);
            return run;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // An event for an instance that has just ended is refused.
            var current = await runs.RequireAsync(runId, cancellationToken);
            if (!current.IsFinished)
                throw;
            return current;
        }
    }
}
