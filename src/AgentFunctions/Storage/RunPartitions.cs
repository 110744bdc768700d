using AgentFunctions.Agents;
using AgentFunctions.Runs;
using Azure;
using Azure.Data.Tables;

namespace AgentFunctions.Storage;

/// <summary>What became of a write.</summary>
/// <param name="Applied">False when the result's key was there, or there was nothing to write.</param>
/// <param name="ResultJson">The result that stands under the key.</param>
/// <param name="Before">The run as it was; null when the write does not concern it.</param>
/// <param name="After">The run as it is.</param>
internal sealed record RunWritten(bool Applied, string? ResultJson, RunRecord? Before, RunRecord? After);

/// <summary>
/// The partitions of runs: reads them, and writes each update as one entity group transaction under the head's version.
/// </summary>
/// <param name="table">The table of runs.</param>
/// <param name="ids">Names writes.</param>
/// <param name="conflicts">What to do when two processes write to one run at once.</param>
/// <param name="announce">Called with the run as it is and as it will be before a change is written; it may be called for a change that then is not.</param>
internal sealed class RunPartitions(TableClient table, IIdSource ids, WriteConflicts conflicts, Func<RunRecord?, RunRecord, CancellationToken, Task> announce)
{
    private static readonly HashSet<string> s_none = [];

    private readonly WriteQueues _queues = new();

    public RunLogs Logs { get; } = RunLogs.In(table);

    public async Task<RunRecord?> GetAsync(string runId, CancellationToken cancellationToken) => (await ReadRowAsync(runId, cancellationToken))?.Run;

    public async Task<RunResult?> GetResultAsync(string runId, string key, CancellationToken cancellationToken) =>
        await ReadResultAsync(runId, key, cancellationToken) is { } row ? await ToResultAsync(row, cancellationToken) : null;

    /// <summary>All results in the order of their commits.</summary>
    public async Task<IReadOnlyList<RunResult>> GetResultsAsync(string runId, CancellationToken cancellationToken)
    {
        var rows = new List<TableEntity>();
        var filter = TableKeys.Prefixed(TableKeys.Escape(runId), RunRows.ResultPrefix);
        await foreach (var row in table.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken))
        {
            rows.Add(row);
        }
        return await Task.WhenAll(rows.OrderBy(row => row.GetInt32(RunRows.Order)).Select(row => ToResultAsync(row, cancellationToken)));
    }

    /// <summary>Creates the run, or returns the one that is there.</summary>
    public async Task<RunCreation> CreateAsync(RunRecord run, IReadOnlyList<NewRunEvent> events, IReadOnlyList<NewMessage> messages, CancellationToken cancellationToken)
    {
        var writeId = ids.New("write");
        if (await GetAsync(run.RunId, cancellationToken) is { } existing)
        {
            return new RunCreation(Created: false, existing);
        }
        var update = new RunUpdate(run.RunId) { Events = events, Messages = messages };
        var plan = RunPlan.Of(update, new RunHead(0, 0, 0, Closed: false, writeId), new RunRow(run, Version: null), s_none, Logs, writeId);
        await announce(null, run, cancellationToken);
        var head = await TrySubmitAsync(plan, cancellationToken) ? null : await RunHead.ReadAsync(table, TableKeys.Escape(run.RunId), cancellationToken);
        var created = head is null || head.CreationId == writeId;
        return new RunCreation(created, created ? run : (await GetAsync(run.RunId, cancellationToken))!);
    }

    /// <summary>Writes the update, all or nothing.</summary>
    /// <exception cref="KeyNotFoundException">No such run.</exception>
    public Task<RunWritten> WriteAsync(RunUpdate update, CancellationToken cancellationToken)
    {
        var writeId = ids.New("write");
        return _queues.RunAsync(
            update.RunId,
            () => conflicts.ResolveAsync($"Run {update.RunId}", attempt => TryWriteAsync(update, writeId, attempt, cancellationToken), cancellationToken),
            cancellationToken);
    }

    private async Task<RunWritten?> TryWriteAsync(RunUpdate update, string writeId, int attempt, CancellationToken cancellationToken)
    {
        var partition = TableKeys.Escape(update.RunId);
        var reading = (
            Head: RunHead.ReadAsync(table, partition, cancellationToken),
            Row: update.Change is null ? Task.FromResult<RunRow?>(null) : ReadRowAsync(update.RunId, cancellationToken),
            Result: update.Key is null ? Task.FromResult<TableEntity?>(null) : ReadResultAsync(update.RunId, update.Key, cancellationToken));
        await Task.WhenAll(reading.Head, reading.Row, reading.Result);
        var head = await reading.Head ?? throw new KeyNotFoundException($"There is no run {update.RunId}.");
        var row = await reading.Row;
        if (await reading.Result is { } result)
        {
            var stands = await table.ReadTextAsync(result, cancellationToken);
            return new RunWritten(result.GetString(RunRows.WriteId) == writeId, stands, row?.Run, row?.Run);
        }
        if (head.PendingKeys.Count > 0)
        {
            await InsertPendingKeysAsync(partition, head, cancellationToken);
            return null;
        }

        // The first try takes keys as new: their rows are conditional inserts, so one that exists makes it fail.
        var known = attempt == 0 ? s_none : await FindKeysAsync(partition, update.KeyRows, cancellationToken);
        var plan = RunPlan.Of(update, head, row, known, Logs, writeId);
        if (plan.IsEmpty)
        {
            return new RunWritten(Applied: false, null, row?.Run, row?.Run);
        }
        if (plan.Run is not null && !ReferenceEquals(plan.Run, row?.Run))
        {
            await announce(row?.Run, plan.Run, cancellationToken);
        }
        return await TrySubmitAsync(plan, cancellationToken) || await IsMadeAsync(partition, plan, writeId, cancellationToken)
            ? new RunWritten(Applied: true, update.ResultJson, row?.Run, plan.Run)
            : null;
    }

    private async Task<bool> TrySubmitAsync(RunPlan plan, CancellationToken cancellationToken)
    {
        var writes = plan.ToWrites();
        try
        {
            await table.SubmitAsync(writes, cancellationToken);
            return true;
        }
        catch (RequestFailedException e) when (WriteConflicts.IsConflict(e))
        {
            return false;
        }
    }

    // A write whose answer was lost is sent again and then conflicts with itself. A commit finds its own result; an append its row.
    private async Task<bool> IsMadeAsync(string partition, RunPlan plan, string writeId, CancellationToken cancellationToken)
    {
        if (plan.Proof is null)
        {
            return false;
        }
        var proof = await table.GetEntityIfExistsAsync<TableEntity>(partition, plan.Proof, [RunRows.WriteId], cancellationToken);
        return proof.HasValue && proof.Value!.GetString(RunRows.WriteId) == writeId;
    }

    private async Task InsertPendingKeysAsync(string partition, RunHead head, CancellationToken cancellationToken)
    {
        foreach (var keys in head.PendingKeys.Chunk(RowWrite.MaxRows))
        {
            await table.SubmitAsync([.. keys.Select(key => RowWrite.Upsert(new TableEntity(partition, key)))], cancellationToken);
        }
        try
        {
            await table.SubmitAsync([(head with { PendingKeys = [] }).ToWrite(partition)], cancellationToken);
        }
        catch (RequestFailedException e) when (WriteConflicts.IsConflict(e))
        {
            // Another writer did the same: the caller reads the head again.
        }
    }

    private async Task<IReadOnlySet<string>> FindKeysAsync(string partition, IEnumerable<string> keyRows, CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(keyRows.Distinct().Select(async key =>
            (Key: key, (await table.GetEntityIfExistsAsync<TableEntity>(partition, key, [nameof(TableEntity.RowKey)], cancellationToken)).HasValue)));
        return found.Where(key => key.HasValue).Select(key => key.Key).ToHashSet();
    }

    private async Task<RunRow?> ReadRowAsync(string runId, CancellationToken cancellationToken)
    {
        var response = await table.GetEntityIfExistsAsync<TableEntity>(TableKeys.Escape(runId), RunRows.Run, cancellationToken: cancellationToken);
        return response.HasValue
            ? new RunRow(AgentJson.Deserialize<RunRecord>((await table.ReadTextAsync(response.Value!, cancellationToken))!), response.Value!.ETag)
            : null;
    }

    private async Task<TableEntity?> ReadResultAsync(string runId, string key, CancellationToken cancellationToken)
    {
        var response = await table.GetEntityIfExistsAsync<TableEntity>(TableKeys.Escape(runId), RunRows.Result(key), cancellationToken: cancellationToken);
        return response.HasValue ? response.Value : null;
    }

    private async Task<RunResult> ToResultAsync(TableEntity row, CancellationToken cancellationToken) =>
        new(row.GetString(RunRows.Key)!, (await table.ReadTextAsync(row, cancellationToken))!);
}
