// Where runs live: rows, results of finished steps, messages and events, with the guarantee of each method.
using AgentFunctions.Models;

namespace AgentFunctions.Runs;

/// <summary>
/// The run store. Every write is durable when its task completes. Reads see every completed write of any process.
/// </summary>
public interface IRunStore
{
    /// <summary>
    /// Creates the run with its first events and messages in one step, or changes nothing and returns the run that
    /// already has this id (<see cref="RunCreation.Created"/> false).
    /// </summary>
    Task<RunCreation> CreateAsync(RunRecord run, IReadOnlyList<NewRunEvent> events, IReadOnlyList<NewMessage> messages, CancellationToken cancellationToken = default);

    Task<RunRecord?> GetAsync(string runId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Writes a finished piece of work: its result, messages, events and the change of the run row, all or nothing.
    /// The first commit of a (run, key) wins: a later one changes nothing and returns the first one's result. After a
    /// terminal event only the result is kept: no message or event follows it, and the row stays as it is.
    /// </summary>
    /// <exception cref="KeyNotFoundException">No such run.</exception>
    Task<CommitOutcome> CommitAsync(RunCommit commit, CancellationToken cancellationToken = default);

    /// <summary>The JSON committed under (run, key), or null.</summary>
    Task<string?> GetResultAsync(string runId, string key, CancellationToken cancellationToken = default);

    /// <summary>All results of the run in the order of their commits.</summary>
    Task<IReadOnlyList<RunResult>> GetResultsAsync(string runId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Appends events in order; sequence numbers have no gaps also under concurrent appends. Events whose key exists and
    /// events after a terminal one are dropped.
    /// </summary>
    /// <exception cref="KeyNotFoundException">No such run.</exception>
    Task AppendEventsAsync(string runId, IReadOnlyList<NewRunEvent> events, CancellationToken cancellationToken = default);

    /// <summary>At most <paramref name="limit"/> events after <paramref name="after"/> in sequence.</summary>
    Task<IReadOnlyList<RunEvent>> ReadEventsAsync(string runId, long after, int limit, CancellationToken cancellationToken = default);

    /// <summary>The run's own messages in order.</summary>
    Task<IReadOnlyList<RunMessage>> GetMessagesAsync(string runId, CancellationToken cancellationToken = default);

    /// <summary>
    /// The latest <paramref name="limit"/> messages of the session's completed runs that came before
    /// <paramref name="beforePosition"/>, oldest first, whole runs only (a tool call never without its result): where the
    /// limit would cut a run, that run and the earlier ones are left out.
    /// </summary>
    Task<IReadOnlyList<RunMessage>> GetSessionMessagesAsync(string sessionId, int beforePosition, int limit, CancellationToken cancellationToken = default);

    /// <summary>Notes that the run shall stop. Null when there is no such run; a finished run is returned unchanged; a second request changes nothing.</summary>
    Task<RunRecord?> RequestCancelAsync(string runId, string? reason, DateTimeOffset at, CancellationToken cancellationToken = default);

    /// <summary>Runs, newest first, by keyset.</summary>
    Task<ListPage<RunRecord>> ListAsync(RunQuery query, CancellationToken cancellationToken = default);

    /// <summary>
    /// Runs that are not finished and were created before <paramref name="createdBefore"/>, oldest first, by keyset: those that
    /// come after <paramref name="after"/>, which may have been finished or removed since it was listed. None come after the last.
    /// </summary>
    Task<IReadOnlyList<RunRecord>> ListUnfinishedAsync(DateTimeOffset createdBefore, int limit, RunRecord? after = null, CancellationToken cancellationToken = default);
}

/// <param name="Run">The created run, or the one that was there.</param>
public sealed record RunCreation(bool Created, RunRecord Run);

/// <summary>A message to store. <paramref name="Key"/> is unique within the run; a second one with the same key is dropped.</summary>
public sealed record NewMessage(string Key, int Step, Message Message, DateTimeOffset CreatedAt);

/// <summary>A stored message; <paramref name="Position"/> orders the messages of a run from 1.</summary>
public sealed record RunMessage(string RunId, int Position, int Step, Message Message, DateTimeOffset CreatedAt);

/// <summary>One finished piece of work of a run.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Key">Names the work, for example <c>model:3:1</c> or <c>tool:3:call_7</c>.</param>
/// <param name="ResultJson">What a repeated delivery will be answered with.</param>
public sealed record RunCommit(string RunId, string Key, string ResultJson)
{
    public IReadOnlyList<NewMessage> Messages { get; init; } = [];

    public IReadOnlyList<NewRunEvent> Events { get; init; } = [];

    /// <summary>Change of the run row. May be called again on conflict: must be pure.</summary>
    public Func<RunRecord, RunRecord>? Change { get; init; }
}

/// <param name="Committed">False when another commit of the same key was first.</param>
/// <param name="ResultJson">The result that stands.</param>
public sealed record CommitOutcome(bool Committed, string ResultJson);

/// <summary>A stored result.</summary>
public sealed record RunResult(string Key, string ResultJson);

/// <summary>
/// Filters of the run list; a null member does not filter. Runs of members are listed only with <see cref="ParentRunId"/> or
/// <see cref="IncludeMembers"/>.
/// </summary>
/// <param name="From">Created at this time or later.</param>
/// <param name="To">Created before this time.</param>
/// <param name="Limit">Runs on one page, 1 to 200; a number beyond is taken as the nearest of these.</param>
public sealed record RunQuery(
    string? AgentId = null, string? SessionId = null, string? UserId = null, RunStatus? Status = null, string? Model = null,
    DateTimeOffset? From = null, DateTimeOffset? To = null, int Limit = 50, string? Cursor = null)
{
    /// <summary>Keeps the runs that this run gave to members.</summary>
    public string? ParentRunId { get; init; }

    public bool IncludeMembers { get; init; }

    /// <summary>Whether only runs that clients started are listed.</summary>
    public bool RootsOnly => ParentRunId is null && !IncludeMembers;
}

/// <summary>One page of a list; <paramref name="NextCursor"/> is null on the last.</summary>
/// <remarks>A store throws <see cref="FormatException"/> for a cursor that it did not issue.</remarks>
public sealed record ListPage<T>(IReadOnlyList<T> Items, string? NextCursor);
