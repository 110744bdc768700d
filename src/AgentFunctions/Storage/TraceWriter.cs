using AgentFunctions.Agents;
using AgentFunctions.Traces;
using Azure;

namespace AgentFunctions.Storage;

/// <summary>
/// Writes spans: first the lists that their traces will be in, then the spans of each trace with its index in one
/// transaction, under the version that was read.
/// </summary>
internal sealed class TraceWriter(TraceTables tables, TraceIndex index, TraceLists lists, WriteConflicts conflicts)
{
    private const int TracesAtOnce = 8;
    private const int IndexRows = 10; // room beside the spans of a transaction
    private const int SpansOfTransaction = RowWrite.MaxRows - IndexRows;
    private const int CharsOfTransaction = 500_000; // with JSON escapes of 6 bytes a character it stays below 4 MiB

    private readonly WriteQueues _queues = new();

    public async Task UpsertAsync(IReadOnlyList<SpanRecord> spans, CancellationToken cancellationToken)
    {
        var traces = spans.GroupBy(span => span.TraceId).Select(trace => (TraceId: trace.Key, Portions: Portions(trace).ToList())).ToList();
        for (var round = 0; traces.Exists(trace => trace.Portions.Count > round); round++)
        {
            var portions = traces.Where(trace => trace.Portions.Count > round).Select(trace => new Portion(trace.TraceId, trace.Portions[round])).ToList();
            await _queues.RunAsync([.. portions.Select(portion => portion.TraceId)], () => WriteAsync(portions, cancellationToken), cancellationToken);
        }
    }

    private Task<IReadOnlyList<Portion>> WriteAsync(IReadOnlyList<Portion> portions, CancellationToken cancellationToken)
    {
        var left = portions;
        return conflicts.ResolveAsync<IReadOnlyList<Portion>>(
            $"Spans of {portions.Count} traces",
            async _ => (left = await TryWriteAsync(left, cancellationToken)).Count == 0 ? left : null,
            cancellationToken);
    }

    // Returns what lost against another writer.
    private async Task<IReadOnlyList<Portion>> TryWriteAsync(IReadOnlyList<Portion> portions, CancellationToken cancellationToken)
    {
        var changes = await InParallelAsync(portions, async (portion, cancellation) =>
            TraceChange.Of(await index.ReadAsync(portion.TraceId, cancellation), portion), cancellationToken);
        await lists.AddAsync(changes.SelectMany(change => change.Added), cancellationToken);
        var written = await InParallelAsync(changes, TrySubmitAsync, cancellationToken);
        await lists.RemoveAsync(changes.Where((_, n) => written[n]).SelectMany(change => change.Dropped), cancellationToken);
        return [.. portions.Where((_, n) => !written[n])];
    }

    private async Task<bool> TrySubmitAsync(TraceChange change, CancellationToken cancellationToken)
    {
        try
        {
            await tables.Spans.SubmitAsync([.. TraceIndex.ToWrites(change.Before, change.After), .. change.Spans.Select(SpanRows.ToWrite)], cancellationToken);
            return true;
        }
        catch (RequestFailedException e) when (WriteConflicts.IsConflict(e))
        {
            return false;
        }
    }

    // What one transaction takes of a trace: the last version of each span.
    private static IEnumerable<IReadOnlyList<SpanWrite>> Portions(IEnumerable<SpanRecord> spans)
    {
        var portion = new List<SpanWrite>();
        var chars = 0;
        foreach (var span in spans.GroupBy(span => span.SpanId).Select(versions => versions.Last()))
        {
            var write = new SpanWrite(span, AgentJson.Serialize(span));
            if (portion.Count == SpansOfTransaction || (chars + write.Text.Length > CharsOfTransaction && portion.Count > 0))
            {
                yield return portion;
                (portion, chars) = ([], 0);
            }
            portion.Add(write);
            chars += write.Text.Length;
        }
        yield return portion;
    }

    private static async Task<TResult[]> InParallelAsync<T, TResult>(IReadOnlyList<T> items, Func<T, CancellationToken, Task<TResult>> run, CancellationToken cancellationToken)
    {
        var results = new TResult[items.Count];
        await Parallel.ForEachAsync(
            items.Index(),
            new ParallelOptions { MaxDegreeOfParallelism = TracesAtOnce, CancellationToken = cancellationToken },
            async (item, cancellation) => results[item.Index] = await run(item.Item, cancellation));
        return results;
    }

    private sealed record Portion(string TraceId, IReadOnlyList<SpanWrite> Spans);

    /// <param name="Added">Rows of lists that are new or changed.</param>
    /// <param name="Dropped">Rows of lists that the trace is no longer in.</param>
    private sealed record TraceChange(IndexedTrace Before, IndexedTrace After, IReadOnlyList<SpanWrite> Spans, IReadOnlyList<TraceListRow> Added, IReadOnlyList<TraceListRow> Dropped)
    {
        public static TraceChange Of(IndexedTrace before, Portion portion)
        {
            var after = before.With(portion.Spans);
            var old = TraceListRows.Of(before).ToDictionary(row => (row.Partition, row.Key));
            var rows = TraceListRows.Of(after).ToDictionary(row => (row.Partition, row.Key));
            return new TraceChange(
                before,
                after,
                portion.Spans,
                [.. rows.Where(row => !old.TryGetValue(row.Key, out var same) || !row.Value.IsSame(same)).Select(row => row.Value)],
                [.. old.Where(row => !rows.ContainsKey(row.Key)).Select(row => row.Value)]);
        }
    }
}
