using System.Runtime.CompilerServices;
using AgentFunctions.Traces;
using Azure.Data.Tables;

namespace AgentFunctions.Storage;

/// <summary>
/// Reads and writes the lists of traces. A list may name too much, never too little: its rows are written before the trace
/// is, and whoever reads them asks the trace itself.
/// </summary>
internal sealed class TraceLists(TableClient table)
{
    private const int WritesAtOnce = 8;
    private const int MaxSpansOfWrite = 20_000; // about 1 MiB, a quarter of what a transaction may have

    /// <summary>Writes rows, those of one partition together.</summary>
    public Task AddAsync(IEnumerable<TraceListRow> rows, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            rows.GroupBy(row => row.Partition).SelectMany(Transactions),
            new ParallelOptions { MaxDegreeOfParallelism = WritesAtOnce, CancellationToken = cancellationToken },
            async (writes, cancellation) => await table.SubmitAsync(writes, cancellation));

    /// <summary>Deletes rows; those that are not there are no error.</summary>
    public Task RemoveAsync(IEnumerable<TraceListRow> rows, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            rows,
            new ParallelOptions { MaxDegreeOfParallelism = WritesAtOnce, CancellationToken = cancellationToken },
            async (row, cancellation) => await table.DeleteEntityAsync(row.Partition, row.Key, cancellationToken: cancellation));

    /// <summary>The rows of a list, latest minute first; the rows of a minute come together.</summary>
    /// <param name="range">From the minute of the first time to the minute of the second, both inclusive.</param>
    public async IAsyncEnumerable<IReadOnlyList<TraceListRow>> ReadMinutesAsync(
        TraceList list, (DateTimeOffset From, DateTimeOffset To) range, IEnumerable<string>? columns, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var minute = new List<TraceListRow>();
        foreach (var filter in Filters(list, TraceListKeys.Minute(range.From), TraceListKeys.Minute(range.To)))
        {
            await foreach (var row in table.QueryAsync<TableEntity>(filter, select: columns, cancellationToken: cancellationToken))
            {
                var next = TraceListRow.Read(row);
                if (minute.Count > 0 && TraceListKeys.MinuteOf(minute[0].Key) != TraceListKeys.MinuteOf(next.Key))
                {
                    yield return minute;
                    minute = [];
                }
                minute.Add(next);
            }
        }
        if (minute.Count > 0)
        {
            yield return minute;
        }
    }

    /// <summary>The slim spans of a trace that started in a minute.</summary>
    public async Task<IReadOnlyList<SpanRecord>> ReadSpansAsync(string traceId, DateTimeOffset minute, CancellationToken cancellationToken)
    {
        var spans = new List<SpanRecord>();
        var partition = TraceListKeys.Partition(TraceList.All, minute);
        for (var n = 0; spans.Count == n * SlimSpans.MaxOfRow; n++)
        {
            var row = await table.GetEntityIfExistsAsync<TableEntity>(partition, TraceListKeys.Key(TraceList.All, minute, traceId, n), cancellationToken: cancellationToken);
            if (!row.HasValue)
            {
                break;
            }
            spans.AddRange(SlimSpans.Get(row.Value!));
        }
        return spans;
    }

    /// <summary>The list by end, earliest first, of traces that are said to have ended before a time.</summary>
    public async IAsyncEnumerable<TableEntity> ReadEndsAsync(DateTimeOffset before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var filter = $"PartitionKey ge '{TraceListKeys.EndPartition(DateTimeOffset.MinValue)}' and PartitionKey le '{TraceListKeys.EndPartition(before)}'";
        await foreach (var row in table.QueryAsync<TableEntity>(filter, select: TraceListRow.SizeColumns, cancellationToken: cancellationToken))
        {
            if (TraceListKeys.EndOf(row.RowKey) < before)
            {
                yield return row;
            }
        }
    }

    // All traces: the hour of the latest minute, and then the hours before it. Another list is one range of one partition.
    private static IEnumerable<string> Filters(TraceList list, DateTimeOffset from, DateTimeOffset to)
    {
        var (first, after) = (TraceListKeys.FirstOf(list, to), TableKeys.After(TraceListKeys.FirstOf(list, from)));
        var (latest, earliest) = (TraceListKeys.Partition(list, to), TraceListKeys.Partition(list, from));
        if (latest == earliest)
        {
            return [TableKeys.Between(latest, first, after)];
        }
        return
        [
            $"PartitionKey eq '{latest}' and RowKey ge '{first}'",
            $"PartitionKey gt '{latest}' and PartitionKey lt '{earliest}'",
            $"PartitionKey eq '{earliest}' and RowKey lt '{after}'",
        ];
    }

    private static IEnumerable<IReadOnlyList<RowWrite>> Transactions(IEnumerable<TraceListRow> rows)
    {
        var writes = new List<RowWrite>();
        var spans = 0;
        foreach (var row in rows)
        {
            if (writes.Count == RowWrite.MaxRows || (spans + row.Spans.Count > MaxSpansOfWrite && writes.Count > 0))
            {
                yield return writes;
                (writes, spans) = ([], 0);
            }
            writes.Add(RowWrite.Upsert(row.ToRow()));
            spans += row.Spans.Count;
        }
        if (writes.Count > 0)
        {
            yield return writes;
        }
    }
}
