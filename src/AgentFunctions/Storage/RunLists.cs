using AgentFunctions.Agents;
using AgentFunctions.Runs;

namespace AgentFunctions.Storage;

/// <summary>The lists that a run is in: all runs, those of its agent, session, user, model, parent and status, the unfinished and the untraced.</summary>
internal sealed class RunLists(ListTable lists)
{
    private const string All = "runs";
    private const string Unfinished = "runs:unfinished";
    private const string Untraced = "runs:untraced";

    /// <summary>Puts the run into the lists it will be in, before it is written.</summary>
    public Task AnnounceAsync(RunRecord? before, RunRecord after, CancellationToken cancellationToken)
    {
        IEnumerable<ListEntry> entries = [];
        if (before is null)
        {
            entries = OfLife(after).Append(OfStatus(after, after.Status)).Append(OldestFirst(Unfinished, after));
        }
        else if (before.Status != after.Status)
        {
            entries = [OfStatus(after, after.Status)];
        }
        if (after.TraceIncomplete)
        {
            entries = entries.Append(OldestFirst(Untraced, after));
        }
        return lists.AddAsync(entries, cancellationToken);
    }

    /// <summary>Takes the run out of the lists of statuses that it has left.</summary>
    public Task LeaveAsync(RunRecord run, IEnumerable<RunStatus> left, CancellationToken cancellationToken) =>
        lists.RemoveAsync(left.Where(status => status != run.Status).Select(status => OfStatus(run, status)), cancellationToken);

    public Task RemoveUnfinishedAsync(RunRecord run, CancellationToken cancellationToken) => lists.RemoveAsync([OldestFirst(Unfinished, run)], cancellationToken);

    public Task RemoveUntracedAsync(RunRecord run, CancellationToken cancellationToken) => lists.RemoveAsync([OldestFirst(Untraced, run)], cancellationToken);

    /// <summary>Takes the run out of every list.</summary>
    public Task RemoveAsync(RunRecord run, CancellationToken cancellationToken) => lists.RemoveAsync(
        [.. OfLife(run), .. Enum.GetValues<RunStatus>().Select(status => OfStatus(run, status)), OldestFirst(Unfinished, run), OldestFirst(Untraced, run)],
        cancellationToken);

    /// <summary>One page of runs, from the shortest list that the query allows.</summary>
    public Task<ListPage<RunRecord>> ListAsync(RunQuery query, Func<string, Task<RunRecord?>> get, CancellationToken cancellationToken)
    {
        var list = ListFor(query);
        return lists.ReadPageAsync(list, RangeOf(query), query.Limit, query.Cursor, LoadAsync, cancellationToken);

        async Task<RunRecord?> LoadAsync(ListEntry entry) =>
            await get(entry.Id) is { } run && entry.Place == PlaceOf(run) && Matches(query, run) ? run : null;
    }

    /// <summary>Runs of the unfinished list after one of them, created before a time, oldest first; a finished one may still be in it.</summary>
    public IAsyncEnumerable<RunRecord> ListUnfinishedAsync(
        DateTimeOffset createdBefore, int limit, RunRecord? after, Func<string, Task<RunRecord?>> get, CancellationToken cancellationToken) =>
        ListOldestFirstAsync(Unfinished, BehindOf(after), TableKeys.Earliest(createdBefore), limit, get, cancellationToken);

    /// <summary>Runs of the untraced list, oldest first; one that is not finished or has its trace may be in it.</summary>
    public IAsyncEnumerable<RunRecord> ListUntracedAsync(int limit, Func<string, Task<RunRecord?>> get, CancellationToken cancellationToken) =>
        ListOldestFirstAsync(Untraced, "0", TableKeys.After("9"), limit, get, cancellationToken);

    private async IAsyncEnumerable<RunRecord> ListOldestFirstAsync(
        string list, string from, string before, int limit, Func<string, Task<RunRecord?>> get,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var (_, run) in lists.ReadAsync(list, (from, before), limit, LoadAsync, cancellationToken))
        {
            yield return run;
        }

        async Task<RunRecord?> LoadAsync(ListEntry entry) =>
            await get(entry.Id) is { } run && entry.Place == OldestFirst(list, run).Place ? run : null;
    }

    private static IEnumerable<ListEntry> OfLife(RunRecord run)
    {
        string[] lists = [All, OfAgent(run.AgentId), OfSession(run.SessionId), OfModel(run.Model)];
        string?[] others = [run.UserId is null ? null : OfUser(run.UserId), run.ParentRunId is null ? null : OfParent(run.ParentRunId)];
        return lists.Concat(others.OfType<string>()).Select(list => new ListEntry(list, PlaceOf(run), run.RunId));
    }

    private static ListEntry OfStatus(RunRecord run, RunStatus status) => new(OfStatus(status), PlaceOf(run), run.RunId);

    private static ListEntry OldestFirst(string list, RunRecord run) =>
        new(list, $"{TableKeys.Earliest(run.CreatedAt)}:{TableKeys.Escape(run.RunId)}", run.RunId);

    // The first key there can be behind the run's.
    private static string BehindOf(RunRecord? run) => run is null ? "0" : OldestFirst(Unfinished, run).Place + "!";

    private static string PlaceOf(RunRecord run) => $"{TableKeys.Latest(run.CreatedAt)}:{TableKeys.Escape(run.RunId)}";

    // Completed runs are most of all runs, so that status is the last choice and the others one of the first.
    private static string ListFor(RunQuery query) => query switch
    {
        { ParentRunId: { } parent } => OfParent(parent),
        { SessionId: { } session } => OfSession(session),
        { UserId: { } user } => OfUser(user),
        { Status: { } status and not RunStatus.Completed } => OfStatus(status),
        { Model: { } model } => OfModel(model),
        { AgentId: { } agent } => OfAgent(agent),
        { Status: { } status } => OfStatus(status),
        _ => All,
    };

    // Latest first, so the end of the time is the beginning of the list: from ≤ created < to.
    private static (string From, string To) RangeOf(RunQuery query) => (
        query.To is { } to ? TableKeys.After(TableKeys.Latest(to) + ":") : "0",
        query.From is { } from ? TableKeys.After(TableKeys.Latest(from) + ":") : TableKeys.After("9"));

    private static bool Matches(RunQuery query, RunRecord run) =>
        (query.AgentId is null || query.AgentId == run.AgentId)
        && (query.SessionId is null || query.SessionId == run.SessionId)
        && (query.UserId is null || query.UserId == run.UserId)
        && (query.Model is null || query.Model == run.Model)
        && (query.Status is null || query.Status == run.Status)
        && (query.ParentRunId is null || query.ParentRunId == run.ParentRunId)
        && (!query.RootsOnly || run.Depth == 0);

    private static string OfAgent(string id) => "runs:agent:" + TableKeys.Escape(id);

    private static string OfSession(string id) => "runs:session:" + TableKeys.Escape(id);

    private static string OfUser(string id) => "runs:user:" + TableKeys.Escape(id);

    private static string OfModel(string model) => "runs:model:" + TableKeys.Escape(model);

    private static string OfParent(string runId) => "runs:parent:" + TableKeys.Escape(runId);

    private static string OfStatus(RunStatus status) => "runs:status:" + AgentJson.Serialize(status).Trim('"');
}
