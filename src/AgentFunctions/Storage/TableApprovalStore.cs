// Approvals in Azure tables: a partition each, and the lists that they are in.
using AgentFunctions.Agents;
using AgentFunctions.Approvals;
using AgentFunctions.Runs;
using AgentFunctions.Sessions;
using Azure;
using Azure.Data.Tables;

namespace AgentFunctions.Storage;

/// <summary>
/// The approval store in tables. A row is replaced under its version, so changes are one after the other. The lists follow:
/// they may name an approval that has left them, never lack one that is there (see <see cref="ListTable"/>).
/// </summary>
public sealed class TableApprovalStore : IApprovalStore, IApprovalErasure
{
    private const string Approval = "approval";
    private const string All = "approvals";
    private const int PageOfCount = 200;

    private readonly TableClient _table;
    private readonly ListTable _lists;
    private readonly WriteConflicts _conflicts;

    public TableApprovalStore(AgentTables tables, WriteConflicts conflicts)
    {
        _table = tables.Approvals;
        _lists = new ListTable(tables.Lists);
        _conflicts = conflicts;
    }

    public async Task<ApprovalRecord> OpenAsync(ApprovalRecord approval, CancellationToken cancellationToken = default)
    {
        if (await GetAsync(approval.Id, cancellationToken) is { } standing)
        {
            return standing;
        }
        await _lists.AddAsync(EntriesOf(approval), cancellationToken);
        return await TryWriteAsync(approval, version: null, cancellationToken) ? approval : (await GetAsync(approval.Id, cancellationToken))!;
    }

    public async Task<ApprovalRecord?> GetAsync(string id, CancellationToken cancellationToken = default) => (await ReadAsync(id, cancellationToken))?.Approval;

    public async Task<ApprovalRecord?> ChangeAsync(string id, Func<ApprovalRecord, ApprovalRecord> change, CancellationToken cancellationToken = default)
    {
        if (await GetAsync(id, cancellationToken) is null)
        {
            return null;
        }
        return await _conflicts.ResolveAsync($"Approval {id}", _ => TryChangeAsync(id, change, cancellationToken), cancellationToken);
    }

    public Task<ListPage<ApprovalRecord>> ListAsync(ApprovalQuery query, CancellationToken cancellationToken = default) =>
        _lists.ReadPageAsync(ListFor(query), RangeOf(query), query.Limit, query.Cursor, entry => LoadAsync(query, entry, cancellationToken), cancellationToken);

    public async Task<ApprovalCount> CountAsync(ApprovalQuery query, int most, CancellationToken cancellationToken = default)
    {
        var count = new ApprovalCount(0, null);
        var rows = _lists.ReadAsync(ListFor(query), RangeOf(query), PageOfCount, entry => LoadAsync(query, entry, cancellationToken), cancellationToken);
        await foreach (var (_, approval) in rows)
        {
            if (count.Count == most)
            {
                break;
            }
            count = new ApprovalCount(count.Count + 1, approval.CreatedAt); // latest first, so the last one is the oldest
        }
        return count;
    }

    /// <remarks>The list of the run goes last: what a crash leaves is found by it.</remarks>
    public async Task DeleteApprovalsAsync(string runId, CancellationToken cancellationToken = default)
    {
        var ofRun = OfRun(runId);
        await foreach (var (_, approval) in _lists.ReadAsync(ofRun, ("0", TableKeys.After("9")), PageOfCount, entry => GetAsync(entry.Id, cancellationToken), cancellationToken))
        {
            await _lists.RemoveAsync(EntriesOf(approval).Where(entry => entry.List != ofRun), cancellationToken);
            await _table.DeletePartitionAsync(TableKeys.Escape(approval.Id), [], cancellationToken);
            await _lists.RemoveAsync(EntriesOf(approval).Where(entry => entry.List == ofRun), cancellationToken);
        }
    }

    private async Task<ApprovalRecord?> TryChangeAsync(string id, Func<ApprovalRecord, ApprovalRecord> change, CancellationToken cancellationToken)
    {
        var (before, version) = (await ReadAsync(id, cancellationToken))!.Value;
        var after = change(before);
        if (before.Status != after.Status)
        {
            await _lists.AddAsync([OfStatus(after)], cancellationToken);
        }
        if (!await TryWriteAsync(after, version, cancellationToken))
        {
            return null;
        }
        if (before.Status != after.Status)
        {
            await _lists.RemoveAsync([OfStatus(before)], cancellationToken);
        }
        return after;
    }

    private async Task<bool> TryWriteAsync(ApprovalRecord approval, ETag? version, CancellationToken cancellationToken)
    {
        var row = new TableEntity(TableKeys.Escape(approval.Id), Approval);
        var json = AgentJson.Serialize(approval);
        try
        {
            await _table.SubmitAsync([version is { } read ? RowWrite.Replace(row, json, read) : RowWrite.Add(row, json)], cancellationToken);
            return true;
        }
        catch (RequestFailedException e) when (WriteConflicts.IsConflict(e))
        {
            return false;
        }
    }

    private async Task<(ApprovalRecord Approval, ETag Version)?> ReadAsync(string id, CancellationToken cancellationToken)
    {
        var response = await _table.GetEntityIfExistsAsync<TableEntity>(TableKeys.Escape(id), Approval, cancellationToken: cancellationToken);
        return response.HasValue
            ? (AgentJson.Deserialize<ApprovalRecord>((await _table.ReadTextAsync(response.Value!, cancellationToken))!), response.Value!.ETag)
            : null;
    }

    private async Task<ApprovalRecord?> LoadAsync(ApprovalQuery query, ListEntry entry, CancellationToken cancellationToken) =>
        await GetAsync(entry.Id, cancellationToken) is { } approval && entry.Place == PlaceOf(approval) && Matches(query, approval) ? approval : null;

    private static bool Matches(ApprovalQuery query, ApprovalRecord approval) =>
        (query.Status is null || query.Status == approval.Status)
        && (query.SourceType is null || query.SourceType == approval.SourceType)
        && (query.PauseType is null || query.PauseType == approval.PauseType)
        && (query.RunId is null || query.RunId == approval.RunId)
        && (query.SessionId is null || query.SessionId == approval.SessionId)
        && (query.AgentId is null || query.AgentId == approval.AgentId)
        && (query.TeamId is null || query.TeamId == approval.TeamId)
        && (query.WorkflowId is null || query.WorkflowId == approval.WorkflowId)
        && (query.UserId is null || query.UserId == approval.UserId);

    // The shortest list that holds all that the query finds; what is decided is most of all.
    private static string ListFor(ApprovalQuery query) => query switch
    {
        { RunId: { } run } => OfRun(run),
        { Status: { } status } => OfStatus(status),
        _ => All,
    };

    private static (string From, string To) RangeOf(ApprovalQuery query) => (
        query.To is { } to ? TableKeys.After(TableKeys.Latest(to) + ":") : "0",
        query.From is { } from ? TableKeys.After(TableKeys.Latest(from) + ":") : TableKeys.After("9"));

    private static IEnumerable<ListEntry> EntriesOf(ApprovalRecord approval) =>
    [
        new ListEntry(All, PlaceOf(approval), approval.Id),
        new ListEntry(OfRun(approval.RunId), PlaceOf(approval), approval.Id),
        OfStatus(approval),
    ];

    private static ListEntry OfStatus(ApprovalRecord approval) => new(OfStatus(approval.Status), PlaceOf(approval), approval.Id);

    private static string PlaceOf(ApprovalRecord approval) => $"{TableKeys.Latest(approval.CreatedAt)}:{TableKeys.Escape(approval.Id)}";

    private static string OfRun(string id) => "approvals:run:" + TableKeys.Escape(id);

    private static string OfStatus(ApprovalStatus status) => "approvals:status:" + AgentJson.Word(status);
}
