namespace AgentFunctions.Runs;

/// <summary>A run store that passes everything on to another one: the base of stores that add something to some methods.</summary>
public abstract class DelegatingRunStore(IRunStore inner) : IRunStore
{
    public virtual Task<RunCreation> CreateAsync(
        RunRecord run, IReadOnlyList<NewRunEvent> events, IReadOnlyList<NewMessage> messages, CancellationToken cancellationToken = default) =>
        inner.CreateAsync(run, events, messages, cancellationToken);

    public virtual Task<RunRecord?> GetAsync(string runId, CancellationToken cancellationToken = default) =>
        inner.GetAsync(runId, cancellationToken);

    public virtual Task<CommitOutcome> CommitAsync(RunCommit commit, CancellationToken cancellationToken = default) =>
        inner.CommitAsync(commit, cancellationToken);

    public virtual Task<string?> GetResultAsync(string runId, string key, CancellationToken cancellationToken = default) =>
        inner.GetResultAsync(runId, key, cancellationToken);

    public virtual Task<IReadOnlyList<RunResult>> GetResultsAsync(string runId, CancellationToken cancellationToken = default) =>
        inner.GetResultsAsync(runId, cancellationToken);

    public virtual Task AppendEventsAsync(string runId, IReadOnlyList<NewRunEvent> events, CancellationToken cancellationToken = default) =>
        inner.AppendEventsAsync(runId, events, cancellationToken);

    public virtual Task<IReadOnlyList<RunEvent>> ReadEventsAsync(string runId, long after, int limit, CancellationToken cancellationToken = default) =>
        inner.ReadEventsAsync(runId, after, limit, cancellationToken);

    public virtual Task<IReadOnlyList<RunMessage>> GetMessagesAsync(string runId, CancellationToken cancellationToken = default) =>
        inner.GetMessagesAsync(runId, cancellationToken);

    public virtual Task<IReadOnlyList<RunMessage>> GetSessionMessagesAsync(
        string sessionId, int beforePosition, int limit, CancellationToken cancellationToken = default) =>
        inner.GetSessionMessagesAsync(sessionId, beforePosition, limit, cancellationToken);

    public virtual Task<RunRecord?> RequestCancelAsync(string runId, string? reason, DateTimeOffset at, CancellationToken cancellationToken = default) =>
        inner.RequestCancelAsync(runId, reason, at, cancellationToken);

    public virtual Task<ListPage<RunRecord>> ListAsync(RunQuery query, CancellationToken cancellationToken = default) =>
        inner.ListAsync(query, cancellationToken);

    public virtual Task<IReadOnlyList<RunRecord>> ListUnfinishedAsync(DateTimeOffset createdBefore, int limit, RunRecord? after = null, CancellationToken cancellationToken = default) =>
        inner.ListUnfinishedAsync(createdBefore, limit, after, cancellationToken);
}
