namespace AgentFunctions.Runs;

/// <summary>Finds finished runs whose stored trace is not known to be whole, so that the sweeper can complete it.</summary>
public interface IUntracedRuns
{
    /// <summary>Finished runs with <see cref="RunRecord.TraceIncomplete"/>, oldest first, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<RunRecord>> ListUntracedAsync(int limit, CancellationToken cancellationToken = default);
}
