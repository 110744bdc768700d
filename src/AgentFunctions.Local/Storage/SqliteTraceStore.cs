using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Runs;
using AgentFunctions.Sessions;
using AgentFunctions.Traces;

namespace AgentFunctions.Local.Storage;

/// <summary>The trace store on traces.db. A batch of spans is written as a whole or not at all, together with its traces' rows.</summary>
/// <param name="database">A database that <see cref="TraceSchema"/> has been applied to.</param>
public sealed class SqliteTraceStore(SqliteDatabase database) : ITraceStore, ITraceQueries, ITraceRetention, ITraceErasure
{
    public Task UpsertAsync(IReadOnlyList<SpanRecord> spans, CancellationToken cancellationToken = default) =>
        spans.Count == 0
            ? Task.CompletedTask
            : database.WriteAsync(connection => TraceRows.Upsert(connection, spans), cancellationToken);

    public Task<IReadOnlyList<SpanRecord>> GetTraceAsync(string traceId, int limit, CancellationToken cancellationToken = default) =>
        database.ReadAsync<IReadOnlyList<SpanRecord>>(connection => SpanRows.OfTrace(connection, traceId, limit), cancellationToken);

    public Task<IReadOnlySet<string>> GetSpanIdsAsync(string traceId, string runId, CancellationToken cancellationToken = default) =>
        database.ReadAsync<IReadOnlySet<string>>(connection => SpanRows.IdsOf(connection, traceId, runId), cancellationToken);

    public Task<ListPage<TraceSummary>> ListTracesAsync(TraceQuery query, CancellationToken cancellationToken = default)
    {
        var after = query.Cursor is null ? (KeysetCursor?)null : KeysetCursor.Parse(TracePages.Name, query.Cursor);
        return database.ReadAsync(connection => TracePages.Read(connection, query, after), cancellationToken);
    }

    public Task<TraceSummary?> GetSummaryAsync(string traceId, CancellationToken cancellationToken = default) =>
        database.ReadAsync(connection => TraceRows.Summary(connection, traceId), cancellationToken);

    public Task<ListPage<SpanRecord>> ListSpansAsync(SpanQuery query, CancellationToken cancellationToken = default)
    {
        var after = query.Cursor is null ? (KeysetCursor?)null : KeysetCursor.Parse(SpanPages.Name, query.Cursor);
        return database.ReadAsync(connection => SpanPages.Read(connection, query, after), cancellationToken);
    }

    public Task<IReadOnlyList<SpanStatistics>> GetStatisticsAsync(StatisticsQuery query, CancellationToken cancellationToken = default) =>
        database.ReadAsync(connection => StatisticsReader.Read(connection, query), cancellationToken);

    public Task<int> DeleteAsync(DateTimeOffset endedBefore, int limit, CancellationToken cancellationToken = default) =>
        database.WriteAsync(connection => TraceRemoval.Delete(connection, endedBefore, limit), cancellationToken);

    public Task<int> DeleteSpansAsync(string traceId, string runId, CancellationToken cancellationToken = default) =>
        database.WriteAsync(connection => TraceRows.DeleteSpans(connection, traceId, runId), cancellationToken);

    public Task<TraceStoreSize> GetSizeAsync(CancellationToken cancellationToken = default) =>
        database.ReadAsync(TraceRemoval.Size, cancellationToken);
}
