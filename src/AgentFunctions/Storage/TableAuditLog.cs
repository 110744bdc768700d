using System.Globalization;
using System.Text.RegularExpressions;
using AgentFunctions.Audit;
using AgentFunctions.Runs;
using Azure;
using Azure.Data.Tables;

namespace AgentFunctions.Storage;

/// <summary>
/// The audit log in one partition of an Azure table: a row per record, latest first, a row per key, and the head. An append
/// is one transaction under the head's version, so the chain has one order whoever writes.
/// </summary>
public sealed partial class TableAuditLog(AgentTables tables, WriteConflicts conflicts) : IAuditLog
{
    private const int MaxLimit = 200;

    private readonly TableClient _table = tables.Audit;
    private readonly WriteQueues _queue = new();

    public Task<AuditRecord> AppendAsync(AuditEntry entry, CancellationToken cancellationToken = default) => _queue.RunAsync(
        AuditRows.Partition,
        () => conflicts.ResolveAsync("The audit log", _ => TryAppendAsync(entry, null, cancellationToken), cancellationToken),
        cancellationToken);

    public async Task<ListPage<AuditRecord>> ListAsync(AuditQuery query, CancellationToken cancellationToken = default)
    {
        var limit = Math.Clamp(query.Limit, 1, MaxLimit);
        var before = query.Cursor is null ? long.MaxValue : ReadCursor(query.Cursor);
        var trimmed = (await AuditHead.ReadAsync(_table, cancellationToken)).Trimmed?.Sequence ?? 0;
        var found = new List<AuditRecord>();
        await foreach (var row in _table.QueryAsync<TableEntity>(AuditRows.Filter(query, before, trimmed), cancellationToken: cancellationToken))
        {
            found.Add(await AuditRows.ReadAsync(_table, row, cancellationToken));
            if (found.Count > limit)
            {
                break;
            }
        }
        var next = found.Count > limit ? $"audit:{found[limit - 1].Sequence.ToString(CultureInfo.InvariantCulture)}" : null;
        return new ListPage<AuditRecord>([.. found.Take(limit)], next);
    }

    public async Task<AuditVerification> VerifyAsync(AuditAnchor? anchor = null, CancellationToken cancellationToken = default)
    {
        var head = await AuditHead.ReadAsync(_table, cancellationToken);
        var verifier = new AuditVerifier(head.Latest, head.Trimmed, anchor);
        // What is appended while this reads is behind the head that was read, and is left for the next check.
        var filter = AuditRows.Range(after: head.Trimmed?.Sequence ?? 0, before: (head.Latest?.Sequence ?? long.MaxValue - 1) + 1);
        await foreach (var row in _table.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken))
        {
            verifier.Take(await AuditRows.ReadAsync(_table, row, cancellationToken));
        }
        return verifier.Finish();
    }

    /// <remarks>The trimmed place is set before the rows go: from then on nobody reads them, and the next call removes those that a crash left.</remarks>
    public async Task<long> TrimAsync(DateTimeOffset before, DateTimeOffset at, CancellationToken cancellationToken = default)
    {
        if (await LastBeforeAsync(before, cancellationToken) is { } through)
        {
            var entry = new AuditEntry { Kind = AuditKinds.Trimmed, At = at, Actor = "system", Details = AuditVerifier.TrimDetails(through) };
            await _queue.RunAsync(
                AuditRows.Partition,
                () => conflicts.ResolveAsync("The audit log", _ => TryAppendAsync(entry, through, cancellationToken), cancellationToken),
                cancellationToken);
        }
        var head = await AuditHead.ReadAsync(_table, cancellationToken);
        return head.Trimmed is { } trimmed ? await RemoveThroughAsync(trimmed.Sequence, cancellationToken) : 0;
    }

    private async Task<AuditRecord?> TryAppendAsync(AuditEntry entry, AuditAnchor? trimThrough, CancellationToken cancellationToken)
    {
        if (entry.Key is not null && await FindByKeyAsync(entry.Key, cancellationToken) is { } known)
        {
            return known;
        }
        var head = await AuditHead.ReadAsync(_table, cancellationToken);
        var record = AuditChain.Next(head.Latest, entry);
        var next = head with { Latest = new AuditAnchor(record.Sequence, record.Hash), Trimmed = trimThrough ?? head.Trimmed };
        List<RowWrite> writes = [next.ToWrite(), AuditRows.ToWrite(record)];
        if (entry.Key is not null)
        {
            writes.Add(RowWrite.Add(AuditRows.KeyRow(entry.Key, record.Sequence)));
        }
        try
        {
            await _table.SubmitAsync(writes, cancellationToken);
            return record;
        }
        catch (RequestFailedException e) when (WriteConflicts.IsConflict(e))
        {
            // The conflict may be with this very write, whose answer was lost.
            return await FindAsync(record.Sequence, cancellationToken) is { } stored && stored.Hash == record.Hash ? stored : null;
        }
    }

    private async Task<AuditRecord?> FindByKeyAsync(string key, CancellationToken cancellationToken)
    {
        var row = await _table.GetEntityIfExistsAsync<TableEntity>(AuditRows.Partition, AuditRows.KeyOf(key), cancellationToken: cancellationToken);
        return row.HasValue ? await FindAsync(row.Value!.GetInt64(AuditRows.Sequence)!.Value, cancellationToken) : null;
    }

    private async Task<AuditRecord?> FindAsync(long sequence, CancellationToken cancellationToken)
    {
        var row = await _table.GetEntityIfExistsAsync<TableEntity>(AuditRows.Partition, AuditRows.KeyOf(sequence), cancellationToken: cancellationToken);
        return row.HasValue ? await AuditRows.ReadAsync(_table, row.Value!, cancellationToken) : null;
    }

    private async Task<AuditAnchor?> LastBeforeAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        var head = await AuditHead.ReadAsync(_table, cancellationToken);
        AuditAnchor? last = null;
        await foreach (var row in _table.QueryAsync<TableEntity>(AuditRows.Range(head.Trimmed?.Sequence ?? 0, head.Latest?.Sequence ?? 1), cancellationToken: cancellationToken))
        {
            // Latest first: a record of later makes all that were found so far stay.
            last = row.GetInt64(AuditRows.At) >= before.UtcTicks ? null : last ?? new AuditAnchor(AuditRows.SequenceOf(row), row.GetString(AuditRows.Hash)!);
        }
        return last;
    }

    private async Task<long> RemoveThroughAsync(long sequence, CancellationToken cancellationToken)
    {
        var removed = 0L;
        var rows = _table.QueryAsync<TableEntity>(AuditRows.Range(after: 0, before: sequence + 1), cancellationToken: cancellationToken);
        await foreach (var row in rows)
        {
            if (row.GetString(AuditRows.Key) is { } key)
            {
                await _table.DeleteEntityAsync(AuditRows.Partition, AuditRows.KeyOf(key), cancellationToken: cancellationToken);
            }
            await _table.DeleteEntityAsync(AuditRows.Partition, row.RowKey, cancellationToken: cancellationToken);
            removed++;
        }
        return removed;
    }

    private static long ReadCursor(string cursor) => Cursor().Match(cursor) is { Success: true } match
        ? long.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
        : throw new FormatException("The cursor is not one that this list issued. Start again without a cursor.");

    [GeneratedRegex("^audit:([0-9]{1,18})$")]
    private static partial Regex Cursor();
}
