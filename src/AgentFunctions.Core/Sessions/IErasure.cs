// The right to be forgotten, store by store: what each can take out, so that nobody reads it again.
namespace AgentFunctions.Sessions;

/// <summary>Takes runs out of the run store.</summary>
public interface IRunErasure
{
    /// <summary>
    /// Removes a finished run with its results, messages and events, and from every list. The totals of its session keep what
    /// it used. Safe to repeat, also after a call that was cut off.
    /// </summary>
    /// <returns>False when there is no such run.</returns>
    /// <exception cref="InvalidOperationException">The run is not finished.</exception>
    Task<bool> DeleteRunAsync(string runId, CancellationToken cancellationToken = default);

    /// <summary>Removes one result of a finished run, with its text. Safe to repeat.</summary>
    Task DeleteResultAsync(string runId, string key, CancellationToken cancellationToken = default);
}

/// <summary>Takes the spans of a run out of the trace store.</summary>
public interface ITraceErasure
{
    /// <summary>
    /// Removes the run's spans from a trace; a trace that has no other spans goes as a whole. Safe to repeat.
    /// </summary>
    /// <returns>How many spans were removed.</returns>
    Task<int> DeleteSpansAsync(string traceId, string runId, CancellationToken cancellationToken = default);
}

/// <summary>Takes the approvals of a run out of the approval store.</summary>
public interface IApprovalErasure
{
    /// <summary>Removes all approvals of the run, whatever their status. Safe to repeat.</summary>
    Task DeleteApprovalsAsync(string runId, CancellationToken cancellationToken = default);
}
