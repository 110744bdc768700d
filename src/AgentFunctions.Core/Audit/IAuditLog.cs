// The audit log: who did what to which run, session or user; append-only, and chained so that tampering shows.
using System.Text.Json.Nodes;
using AgentFunctions.Runs;

namespace AgentFunctions.Audit;

/// <summary>
/// An append-only log whose records are chained by hashes. It is kept apart from runs and traces: deleting those deletes
/// nothing here.
/// </summary>
public interface IAuditLog
{
    /// <summary>
    /// Appends the entry; durable when the task completes. Sequence numbers have no gaps, also under concurrent appends of
    /// several processes. An entry whose <see cref="AuditEntry.Key"/> was appended before changes nothing and gives the record
    /// that was made then.
    /// </summary>
    Task<AuditRecord> AppendAsync(AuditEntry entry, CancellationToken cancellationToken = default);

    /// <summary>Records, newest first, by keyset.</summary>
    Task<ListPage<AuditRecord>> ListAsync(AuditQuery query, CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads the whole log and recomputes its chain. Finds every record that was changed, removed, inserted or moved. Whoever
    /// can rewrite the log with all its hashes, or cut off its end, is found by an <paramref name="anchor"/> that was kept elsewhere.
    /// </summary>
    Task<AuditVerification> VerifyAsync(AuditAnchor? anchor = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Removes the records before a time, but never the latest one. An entry <see cref="AuditKinds.Trimmed"/> with the sequence
    /// and hash of the last removed record is appended first, and what is left verifies from there. Safe to repeat.
    /// </summary>
    /// <returns>How many records went.</returns>
    Task<long> TrimAsync(DateTimeOffset before, DateTimeOffset at, CancellationToken cancellationToken = default);
}

/// <summary>Something that happened and shall be on record.</summary>
public sealed record AuditEntry
{
    /// <summary>What happened, as <c>noun.verb</c>: one of <see cref="AuditKinds"/>, or of your own with the prefix <c>custom.</c>.</summary>
    public required string Kind { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Who did it: a person, a key's name, or <c>system</c>.</summary>
    public string? Actor { get; init; }

    public string? RunId { get; init; }
    public string? SessionId { get; init; }
    public string? UserId { get; init; }
    public string? AgentId { get; init; }

    /// <summary>What else there is to say. No prompts, answers or secrets: the log outlives the data it speaks of.</summary>
    public JsonObject Details { get; init; } = [];

    /// <summary>When set, a second entry with the same key is dropped: work that is repeated after a crash is on record once.</summary>
    public string? Key { get; init; }
}

/// <summary>Kinds of entries that the product itself makes. They never change meaning.</summary>
public static class AuditKinds
{
    public const string ApprovalRequested = "approval.requested";
    public const string ApprovalResolved = "approval.resolved";
    public const string ApprovalExpired = "approval.expired";
    public const string RunCancelRequested = "run.cancel_requested";
    public const string RunDeleted = "run.deleted";
    public const string SessionChanged = "session.changed";
    public const string SessionForked = "session.forked";
    public const string SessionDeleted = "session.deleted";
    public const string UserDeleted = "user.deleted";
    public const string ConfigurationChanged = "config.changed";
    public const string Trimmed = "audit.trimmed";

    /// <summary>Begins the kinds of your own.</summary>
    public const string CustomPrefix = "custom.";
}

/// <summary>An entry as it is on record.</summary>
public sealed record AuditRecord
{
    /// <summary>Counts from 1 without gaps.</summary>
    public required long Sequence { get; init; }

    public required string Kind { get; init; }

    /// <summary>UTC, to the 100 ns.</summary>
    public required DateTimeOffset At { get; init; }

    public string? Actor { get; init; }
    public string? RunId { get; init; }
    public string? SessionId { get; init; }
    public string? UserId { get; init; }
    public string? AgentId { get; init; }

    /// <summary>The details as the text that was hashed: a JSON object.</summary>
    public required string DetailsJson { get; init; }

    public string? Key { get; init; }

    /// <summary>Hash of the record before; of the first one <see cref="AuditChain.Beginning"/>.</summary>
    public required string PreviousHash { get; init; }

    /// <summary>SHA-256 over all of the above, lower-case hex.</summary>
    public required string Hash { get; init; }
}

/// <summary>Filters of the log; a null member does not filter.</summary>
/// <param name="Kind">A kind, or with <c>.*</c> at its end all kinds of a noun: <c>approval.*</c>.</param>
/// <param name="From">At this time or later.</param>
/// <param name="To">Before this time.</param>
/// <param name="Limit">Records on one page, 1 to 200; a number beyond is taken as the nearest of these.</param>
public sealed record AuditQuery(
    string? Kind = null, string? RunId = null, string? SessionId = null, string? UserId = null, string? AgentId = null, string? Actor = null,
    DateTimeOffset? From = null, DateTimeOffset? To = null, int Limit = 50, string? Cursor = null);

/// <summary>A place of the log that was noted elsewhere: the record of that sequence must have that hash.</summary>
public sealed record AuditAnchor(long Sequence, string Hash);

/// <summary>What a check of the log found.</summary>
/// <param name="Count">Records that are there.</param>
/// <param name="Head">The latest record; null when the log is empty. Note it elsewhere to find a cut-off end.</param>
/// <param name="BrokenAt">The lowest sequence that is wrong; null when the log is intact.</param>
/// <param name="Problem">What is wrong there, in a sentence.</param>
public sealed record AuditVerification(long Count, AuditAnchor? Head, long? BrokenAt, string? Problem)
{
    public bool Intact => BrokenAt is null;
}
