using AgentFunctions.Runs;
using AgentFunctions.Sessions;
using AgentFunctions.Traces;

namespace AgentFunctions.Storage;

/// <summary>Spans in Azure tables: a partition per trace, and lists of traces by minute.</summary>
/// <remarks>docs/decisions/table-storage.md says what is atomic, what follows and what each question costs.</remarks>
public sealed class TableTraceStore : ITraceStore, ITraceQueries, ITraceRetention, ITraceErasure
{
    private readonly TraceIndex _index;
    private readonly SpanRows _spans;
    private readonly TraceWriter _writer;
    private readonly TraceListing _traceList;
    private readonly SpanListing _spanList;
    private readonly SpanStatisticsReader _statistics;
    private readonly TraceRemoval _removal;

    public TableTraceStore(TraceTables tables, WriteConflicts conflicts, TimeProvider time)
    {
        var lists = new TraceLists(tables.Lists);
        _index = new TraceIndex(tables.Spans);
        _spans = new SpanRows(tables.Spans);
        _writer = new TraceWriter(tables, _index, lists, conflicts);
        _traceList = new TraceListing(lists, _index);
        _spanList = new SpanListing(lists, _index, _spans);
        _statistics = new SpanStatisticsReader(lists);
        _removal = new TraceRemoval(tables, _index, lists, conflicts, time);
    }

    public Task UpsertAsync(IReadOnlyList<SpanRecord> spans, CancellationToken cancellationToken = default) => _writer.UpsertAsync(spans, cancellationToken);

    public Task<IReadOnlyList<SpanRecord>> GetTraceAsync(string traceId, int limit, CancellationToken cancellationToken = default) =>
        _spans.ReadTraceAsync(traceId, limit, cancellationToken);

    public async Task<IReadOnlySet<string>> GetSpanIdsAsync(string traceId, string runId, CancellationToken cancellationToken = default) =>
        (await _index.ReadAsync(traceId, cancellationToken)).Spans.Where(span => span.RunId == runId).Select(span => span.SpanId).ToHashSet();

    public Task<ListPage<TraceSummary>> ListTracesAsync(TraceQuery query, CancellationToken cancellationToken = default) =>
        _traceList.ListAsync(query, cancellationToken);

    public Task<TraceSummary?> GetSummaryAsync(string traceId, CancellationToken cancellationToken = default) =>
        _index.ReadSummaryAsync(traceId, cancellationToken);

    public Task<ListPage<SpanRecord>> ListSpansAsync(SpanQuery query, CancellationToken cancellationToken = default) =>
        _spanList.ListAsync(query, cancellationToken);

    public Task<IReadOnlyList<SpanStatistics>> GetStatisticsAsync(StatisticsQuery query, CancellationToken cancellationToken = default) =>
        _statistics.ReadAsync(query, cancellationToken);

    public Task<int> DeleteAsync(DateTimeOffset endedBefore, int limit, CancellationToken cancellationToken = default) =>
        _removal.DeleteAsync(endedBefore, limit, cancellationToken);

    /// <remarks>
    /// When a trace is shared with other runs, it is deleted and their spans are written anew. A crash in between loses these
    /// spans; nothing of the run that is to be forgotten comes back.
    /// </remarks>
    public async Task<int> DeleteSpansAsync(string traceId, string runId, CancellationToken cancellationToken = default)
    {
        var trace = await _index.ReadAsync(traceId, cancellationToken);
        var count = trace.Spans.Count(span => span.RunId == runId);
        if (count == 0)
        {
            return 0;
        }
        var others = count == trace.Spans.Count ? [] : await _spans.ReadTraceAsync(traceId, trace.Spans.Count, cancellationToken);
        await _removal.DeleteAsync(trace, cancellationToken);
        List<SpanRecord> kept = [.. others.Where(span => span.RunId != runId)];
        if (kept.Count > 0)
        {
            await _writer.UpsertAsync(kept, cancellationToken);
        }
        return count;
    }

    public Task<TraceStoreSize> GetSizeAsync(CancellationToken cancellationToken = default) => _removal.GetSizeAsync(cancellationToken);
}
