using AgentFunctions.Agents;
using AgentFunctions.Traces;
using Azure.Data.Tables;

namespace AgentFunctions.Storage;

/// <summary>Spans in an Azure table: a partition per trace and a row per span, replaced as a whole.</summary>
public sealed class TableTraceStore(AgentTables tables) : ITraceStore
{
    private const string SpanPrefix = "span:";
    private const string StartTime = "StartTime";
    private const string RunId = "RunId";
    private const int ReadAtOnce = 16;

    public async Task UpsertAsync(IReadOnlyList<SpanRecord> spans, CancellationToken cancellationToken = default)
    {
        foreach (var trace in spans.GroupBy(span => span.TraceId))
        {
            var latest = trace.GroupBy(span => span.SpanId).Select(versions => versions.Last());
            foreach (var batch in latest.Chunk(RowWrite.MaxRows))
            {
                await tables.Spans.SubmitAsync([.. batch.Select(ToWrite)], cancellationToken);
            }
        }
    }

    public async Task<IReadOnlyList<SpanRecord>> GetTraceAsync(string traceId, int limit, CancellationToken cancellationToken = default)
    {
        var rows = await ReadRowsAsync(TableKeys.Prefixed(TableKeys.Escape(traceId), SpanPrefix), select: null, cancellationToken);
        var wanted = rows.OrderBy(row => row.GetInt64(StartTime)).ThenBy(row => row.RowKey, StringComparer.Ordinal).Take(limit);
        var spans = new List<SpanRecord>();
        foreach (var some in wanted.Chunk(ReadAtOnce))
        {
            var texts = await Task.WhenAll(some.Select(row => tables.Spans.ReadTextAsync(row, cancellationToken)));
            spans.AddRange(texts.Select(text => AgentJson.Deserialize<SpanRecord>(text!)));
        }
        return spans;
    }

    public async Task<IReadOnlySet<string>> GetSpanIdsAsync(string traceId, string runId, CancellationToken cancellationToken = default)
    {
        var filter = $"{TableKeys.Prefixed(TableKeys.Escape(traceId), SpanPrefix)} and {RunId} eq '{TableKeys.Escape(runId)}'";
        var rows = await ReadRowsAsync(filter, [nameof(TableEntity.RowKey)], cancellationToken);
        return rows.Select(row => row.RowKey[SpanPrefix.Length..]).ToHashSet();
    }

    private async Task<List<TableEntity>> ReadRowsAsync(string filter, IEnumerable<string>? select, CancellationToken cancellationToken)
    {
        var rows = new List<TableEntity>();
        await foreach (var row in tables.Spans.QueryAsync<TableEntity>(filter, select: select, cancellationToken: cancellationToken))
        {
            rows.Add(row);
        }
        return rows;
    }

    private static RowWrite ToWrite(SpanRecord span)
    {
        var row = new TableEntity(TableKeys.Escape(span.TraceId), SpanPrefix + TableKeys.Escape(span.SpanId)) { [StartTime] = span.StartTime.UtcTicks };
        if (span.RunId is not null)
        {
            row[RunId] = TableKeys.Escape(span.RunId);
        }
        return RowWrite.Upsert(row, AgentJson.Serialize(span));
    }
}
