using AgentFunctions.Agents;
using AgentFunctions.Traces;
using Azure.Data.Tables;

namespace AgentFunctions.Storage;

/// <summary>The rows of spans in the partition of their trace, each replaced as a whole.</summary>
internal sealed class SpanRows(TableClient table)
{
    private const string Prefix = "span:";
    private const string StartTime = "StartTime";
    private const int ReadAtOnce = 16;

    public static RowWrite ToWrite(SpanWrite write) => RowWrite.Upsert(
        new TableEntity(TableKeys.Escape(write.Span.TraceId), Key(write.Span.SpanId)) { [StartTime] = write.Span.StartTime.UtcTicks }, write.Text);

    /// <summary>Null when the store does not have the span.</summary>
    public async Task<SpanRecord?> ReadAsync(string traceId, string spanId, CancellationToken cancellationToken)
    {
        var response = await table.GetEntityIfExistsAsync<TableEntity>(TableKeys.Escape(traceId), Key(spanId), cancellationToken: cancellationToken);
        return response.HasValue ? await ToSpanAsync(response.Value!, cancellationToken) : null;
    }

    /// <summary>The first spans of a trace by start time.</summary>
    public async Task<IReadOnlyList<SpanRecord>> ReadTraceAsync(string traceId, int limit, CancellationToken cancellationToken)
    {
        var rows = new List<TableEntity>();
        await foreach (var row in table.QueryAsync<TableEntity>(TableKeys.Prefixed(TableKeys.Escape(traceId), Prefix), cancellationToken: cancellationToken))
        {
            rows.Add(row);
        }
        var spans = new List<SpanRecord>();
        foreach (var some in rows.OrderBy(row => row.GetInt64(StartTime)).ThenBy(row => row.RowKey, StringComparer.Ordinal).Take(limit).Chunk(ReadAtOnce))
        {
            spans.AddRange(await Task.WhenAll(some.Select(row => ToSpanAsync(row, cancellationToken))));
        }
        return spans;
    }

    private async Task<SpanRecord> ToSpanAsync(TableEntity row, CancellationToken cancellationToken) =>
        AgentJson.Deserialize<SpanRecord>((await table.ReadTextAsync(row, cancellationToken))!);

    private static string Key(string spanId) => Prefix + TableKeys.Escape(spanId);
}
