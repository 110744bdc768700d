using AgentFunctions.Traces;
using Azure;
using Azure.Data.Tables;

namespace AgentFunctions.Storage;

/// <summary>
/// Deletes traces by their end. The row in the list by end goes last, so that a deletion that was cut off is done by the
/// next one.
/// </summary>
internal sealed class TraceRemoval(TraceTables tables, TraceIndex index, TraceLists lists, WriteConflicts conflicts, TimeProvider time)
{
    private const int TracesAtOnce = 4;
    private static readonly TimeSpan s_longestWrite = TimeSpan.FromHours(1);

    public async Task<int> DeleteAsync(DateTimeOffset endedBefore, int limit, CancellationToken cancellationToken)
    {
        var deleted = 0;
        await foreach (var some in FindAsync(endedBefore, cancellationToken).Take(Math.Max(limit, 0)).Chunk(TracesAtOnce).WithCancellation(cancellationToken))
        {
            await Task.WhenAll(some.Select(trace => DeleteAsync(trace, cancellationToken)));
            deleted += some.Length;
        }
        return deleted;
    }

    /// <summary>Counts the list by end: one request for a thousand traces.</summary>
    public async Task<TraceStoreSize> GetSizeAsync(CancellationToken cancellationToken)
    {
        var (bytes, traces, oldest) = (0L, 0L, (DateTimeOffset?)null);
        await foreach (var row in lists.ReadEndsAsync(DateTimeOffset.MaxValue, cancellationToken))
        {
            bytes += row.GetInt64(nameof(TraceListRow.Bytes)) ?? 0;
            traces++;
            oldest ??= TraceListKeys.EndOf(row.RowKey);
        }
        return new TraceStoreSize(bytes, traces, oldest);
    }

    private async IAsyncEnumerable<IndexedTrace> FindAsync(
        DateTimeOffset endedBefore, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var row in lists.ReadEndsAsync(endedBefore, cancellationToken))
        {
            var place = TraceListRow.Read(row);
            var trace = await index.ReadAsync(place.TraceId, cancellationToken);
            if (trace.Version is not null && TraceListRows.Of(trace).Any(own => own.Partition == place.Partition && own.Key == place.Key))
            {
                yield return trace;
            }
            else if (row.Timestamp < time.GetUtcNow() - s_longestWrite)
            {
                // What the row announced has long been written elsewhere, or never was.
                await lists.RemoveAsync([place], cancellationToken);
            }
        }
    }

    /// <summary>Deletes one trace. Spans that come meanwhile go with it, so that no half of it is left.</summary>
    public async Task DeleteAsync(IndexedTrace found, CancellationToken cancellationToken)
    {
        await conflicts.ResolveAsync($"Trace {found.TraceId}", async attempt =>
        {
            var trace = attempt == 0 ? found : await index.ReadAsync(found.TraceId, cancellationToken);
            return await TryDeleteAsync(trace, cancellationToken) ? trace : null;
        }, cancellationToken);
        await lists.RemoveAsync(TraceListRows.Of(found).Where(row => row.Bytes is not null), cancellationToken);
    }

    private async Task<bool> TryDeleteAsync(IndexedTrace trace, CancellationToken cancellationToken)
    {
        if (trace.Version is not { } version)
        {
            return true;
        }
        var rows = TraceListRows.Of(trace).ToLookup(row => row.Bytes is not null);
        await lists.RemoveAsync(rows[false], cancellationToken);
        var partition = TableKeys.Escape(trace.TraceId);
        try
        {
            foreach (var keys in (await ReadKeysAsync(partition, cancellationToken)).Where(key => key != TraceIndex.FirstKey).Chunk(RowWrite.MaxRows))
            {
                await tables.Spans.SubmitTransactionAsync(keys.Select(key => Delete(partition, key, ETag.All)), cancellationToken);
            }
            await tables.Spans.SubmitTransactionAsync([Delete(partition, TraceIndex.FirstKey, version)], cancellationToken);
        }
        catch (RequestFailedException e) when (WriteConflicts.IsConflict(e))
        {
            return false;
        }
        await lists.RemoveAsync(rows[true], cancellationToken);
        return true;
    }

    private async Task<List<string>> ReadKeysAsync(string partition, CancellationToken cancellationToken)
    {
        var keys = new List<string>();
        await foreach (var row in tables.Spans.QueryAsync<TableEntity>($"PartitionKey eq '{partition}'", select: [nameof(TableEntity.RowKey)], cancellationToken: cancellationToken))
        {
            keys.Add(row.RowKey);
        }
        return keys;
    }

    private static TableTransactionAction Delete(string partition, string key, ETag version) =>
        new(TableTransactionActionType.Delete, new TableEntity(partition, key), version);
}
