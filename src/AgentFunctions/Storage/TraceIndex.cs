using System.Globalization;
using AgentFunctions.Agents;
using AgentFunctions.Traces;
using Azure.Data.Tables;

namespace AgentFunctions.Storage;

/// <summary>
/// The index of a trace, in the partition of its spans and written in one transaction with them: a row with the summary and
/// slim spans, and further rows for more of these.
/// </summary>
internal sealed class TraceIndex(TableClient table)
{
    /// <summary>The row whose version is the version of the trace.</summary>
    public const string FirstKey = "index";

    private const string Rows = "Rows";
    private const string Bytes = "Bytes";
    private const string Summary = "Summary"; // short: the names and ids of a trace
    private const int ReadAtOnce = 16;

    /// <summary>The trace, without spans when the store has none.</summary>
    public async Task<IndexedTrace> ReadAsync(string traceId, CancellationToken cancellationToken)
    {
        var partition = TableKeys.Escape(traceId);
        var response = await table.GetEntityIfExistsAsync<TableEntity>(partition, FirstKey, cancellationToken: cancellationToken);
        if (!response.HasValue)
        {
            return IndexedTrace.None(traceId);
        }
        var first = response.Value!;
        var spans = SlimSpans.Get(first).ToList();
        foreach (var keys in Enumerable.Range(1, first.GetInt32(Rows)!.Value - 1).Select(Key).Chunk(ReadAtOnce))
        {
            var rows = await Task.WhenAll(keys.Select(key => table.GetEntityAsync<TableEntity>(partition, key, cancellationToken: cancellationToken)));
            spans.AddRange(rows.SelectMany(row => SlimSpans.Get(row.Value)));
        }
        return new IndexedTrace(traceId, spans, first.GetInt64(Bytes)!.Value, first.ETag);
    }

    /// <summary>Null when there is no such trace.</summary>
    public async Task<TraceSummary?> ReadSummaryAsync(string traceId, CancellationToken cancellationToken)
    {
        var response = await table.GetEntityIfExistsAsync<TableEntity>(TableKeys.Escape(traceId), FirstKey, [Summary], cancellationToken);
        return response.HasValue ? AgentJson.Deserialize<TraceSummary>(response.Value!.GetString(Summary)!) : null;
    }

    /// <summary>The rows of the index that a change makes: the one with the version, and those of other spans than before.</summary>
    public static IEnumerable<RowWrite> ToWrites(IndexedTrace before, IndexedTrace after)
    {
        var partition = TableKeys.Escape(after.TraceId);
        var (old, parts) = (before.Spans.Chunk(SlimSpans.MaxOfRow).ToList(), after.Spans.Chunk(SlimSpans.MaxOfRow).ToList());
        var first = new TableEntity(partition, FirstKey)
        {
            [Rows] = parts.Count,
            [Bytes] = after.Bytes,
            [Summary] = AgentJson.Serialize(after.Summarize()),
        };
        SlimSpans.Set(first, parts[0]);
        yield return before.Version is { } version ? RowWrite.Replace(first, null, version) : RowWrite.Add(first);
        for (var n = 1; n < parts.Count; n++)
        {
            if (n >= old.Count || !SlimSpans.AreSame(parts[n], old[n]))
            {
                var row = new TableEntity(partition, Key(n));
                SlimSpans.Set(row, parts[n]);
                yield return RowWrite.Upsert(row);
            }
        }
    }

    private static string Key(int n) => $"{FirstKey}:{n.ToString("D4", CultureInfo.InvariantCulture)}";
}
