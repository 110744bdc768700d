using AgentFunctions.Traces;

namespace AgentFunctions.Storage;

/// <summary>Which rows a trace has in the lists: a function of what is indexed of it.</summary>
internal static class TraceListRows
{
    private static readonly (string Kind, Func<SpanRecord, string?> OfSpan, Func<TraceSummary, string?> OfTrace)[] s_ids =
    [
        ("run", span => span.RunId, trace => trace.RunId),
        ("session", span => span.SessionId, trace => trace.SessionId),
        ("user", span => span.UserId, trace => trace.UserId),
        ("agent", span => span.AgentId, trace => trace.AgentId),
        ("team", span => span.TeamId, trace => trace.TeamId),
        ("workflow", span => span.WorkflowId, trace => trace.WorkflowId),
    ];

    public static IEnumerable<TraceListRow> Of(IndexedTrace trace)
    {
        if (trace.Spans.Count == 0)
        {
            return [];
        }
        var summary = trace.Summarize();
        return OfAll(trace, summary).Concat(OfIds(trace, summary)).Concat(OfTrace(summary)).Append(OfEnd(trace, summary));
    }

    /// <summary>The list that a query by trace, its ids, name or status reads: the one with the fewest traces.</summary>
    public static TraceList ListFor(TraceQuery query) => query switch
    {
        { RunId: { } run } => TraceList.Of("run", run),
        { SessionId: { } session } => TraceList.Of("session", session),
        { UserId: { } user } => TraceList.Of("user", user),
        { Status: { } status and not TraceStatuses.Ok } => TraceList.Of("status", status),
        { WorkflowId: { } workflow } => TraceList.Of("workflow", workflow),
        { TeamId: { } team } => TraceList.Of("team", team),
        { Name: { } name } => TraceList.Of("name", name),
        { AgentId: { } agent } => TraceList.Of("agent", agent),
        _ => TraceList.All,
    };

    public static TraceList ListFor(SpanQuery query) => query switch
    {
        { RunId: { } run } => TraceList.Of("run", run),
        { SessionId: { } session } => TraceList.Of("session", session),
        { UserId: { } user } => TraceList.Of("user", user),
        { WorkflowId: { } workflow } => TraceList.Of("workflow", workflow),
        { TeamId: { } team } => TraceList.Of("team", team),
        { AgentId: { } agent } => TraceList.Of("agent", agent),
        _ => TraceList.All,
    };

    private static IEnumerable<TraceListRow> OfAll(IndexedTrace trace, TraceSummary summary)
    {
        foreach (var minute in trace.Spans.GroupBy(span => TraceListKeys.Minute(span.StartTime)))
        {
            foreach (var (n, spans) in minute.Chunk(SlimSpans.MaxOfRow).Index())
            {
                yield return Row(TraceList.All, minute.Key, summary, n == 0, n) with { Spans = spans };
            }
        }
    }

    // A row for each minute in which spans have the id, and one for the trace's own.
    private static IEnumerable<TraceListRow> OfIds(IndexedTrace trace, TraceSummary summary) =>
        from id in s_ids
        let own = id.OfTrace(summary)
        from place in trace.Spans.Select(span => (Id: id.OfSpan(span), Minute: TraceListKeys.Minute(span.StartTime)))
            .Append((Id: own, Minute: TraceListKeys.Minute(summary.StartTime))).Distinct()
        where place.Id is not null
        select Row(TraceList.Of(id.Kind, place.Id), place.Minute, summary, place.Id == own);

    // Most traces are ok, so that a list of these would be the list of all again.
    private static IEnumerable<TraceListRow> OfTrace(TraceSummary summary)
    {
        var minute = TraceListKeys.Minute(summary.StartTime);
        yield return Row(TraceList.Of("name", summary.Name), minute, summary, belongs: true);
        if (summary.Status != TraceStatuses.Ok)
        {
            yield return Row(TraceList.Of("status", summary.Status), minute, summary, belongs: true);
        }
    }

    private static TraceListRow OfEnd(IndexedTrace trace, TraceSummary summary) =>
        new(TraceListKeys.EndPartition(summary.EndTime), TraceListKeys.EndKey(summary.EndTime, summary.TraceId), summary.TraceId) { Bytes = trace.Bytes };

    private static TraceListRow Row(TraceList list, DateTimeOffset minute, TraceSummary trace, bool belongs, int n = 0) =>
        new(TraceListKeys.Partition(list, minute), TraceListKeys.Key(list, minute, trace.TraceId, n), trace.TraceId)
        {
            Start = belongs && minute == TraceListKeys.Minute(trace.StartTime) ? trace.StartTime : null,
        };
}
