// Small readings of the run store that several callers share.
namespace AgentFunctions.Runs;

public static class RunStoreExtensions
{
    /// <summary>The run, which must exist: activities only ever get ids of stored runs.</summary>
    public static async Task<RunRecord> RequireAsync(this IRunStore runs, string runId, CancellationToken cancellationToken) =>
        await runs.GetAsync(runId, cancellationToken) ?? throw new KeyNotFoundException($"There is no run '{runId}' in the run store.");
}
