namespace AgentFunctions.Runs;

/// <summary>Finds finished runs whose stored trace is not known to be whole, so that the sweeper can complete it.</summary>
public interface IUntracedRuns
{
    /// <summary>Finished runs with <see cref="RunRecord.TraceIncomplete"/>, oldest first, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<RunRecord>> ListUntracedAsync(int limit, CancellationToken cancellationToken = default);

    /// <summary>
    /// Sets <see cref="RunRecord.TraceIncomplete"/> of a finished run to false. It is the one change that a finished run's
    /// row takes; a run that is not finished, is not marked or does not exist stays as it is.
    /// </summary>
    Task MarkTracedAsync(string runId, CancellationToken cancellationToken = default);
}
