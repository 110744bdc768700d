using System.Runtime.CompilerServices;
using AgentFunctions.Runs;
using AgentFunctions.Traces;

namespace AgentFunctions.Storage;

/// <summary>
/// The list of spans, read minute by minute from slim spans; whole spans are read for the page alone, unless the filter asks
/// for content.
/// </summary>
internal sealed class SpanListing(TraceLists lists, TraceIndex index, SpanRows spans)
{
    private const string Spans = "spans";
    private const int MaxPage = 1000;
    private const int LoadedAtOnce = 32;

    public async Task<ListPage<SpanRecord>> ListAsync(SpanQuery query, CancellationToken cancellationToken)
    {
        var limit = Math.Clamp(query.Limit, 1, MaxPage);
        var found = new List<SpanRecord>();
        await foreach (var span in FindAsync(query, TracePosition.Read(Spans, query.Cursor), limit + 1, cancellationToken))
        {
            found.Add(span);
            if (found.Count > limit)
            {
                return new ListPage<SpanRecord>(found[..limit], PositionOf(found[limit - 1]).ToCursor(Spans));
            }
        }
        return new ListPage<SpanRecord>(found, null);
    }

    private async IAsyncEnumerable<SpanRecord> FindAsync(
        SpanQuery query, TracePosition? after, int expected, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        query = Narrow(query);
        var range = StartRange.Of(query.From, query.To, query.Filter, after);
        var slim = FilterTerms.AsksForContent(query.Filter) ? query with { Filter = null } : query;
        await foreach (var some in ReadSlimAsync(query, range.Bounds, cancellationToken))
        {
            var wanted = some.Where(span => range.Has(span.StartTime) && Matches(slim, span))
                .Select(span => PositionOf(span))
                .Where(place => after is null || place.CompareTo(after.Value) > 0)
                .Order();
            foreach (var chunk in wanted.Chunk(Math.Min(expected, LoadedAtOnce)))
            {
                var loaded = await Task.WhenAll(chunk.Select(place => spans.ReadAsync(place.TraceId, place.SpanId, cancellationToken)));
                foreach (var (span, _) in loaded.Zip(chunk).Where(l => l.First is not null && PositionOf(l.First) == l.Second && Matches(query, l.First)))
                {
                    yield return span!;
                }
            }
        }
    }

    /// <summary>Slim spans that may match, in portions of which each is later than the next.</summary>
    private async IAsyncEnumerable<IReadOnlyList<SpanRecord>> ReadSlimAsync(
        SpanQuery query, (DateTimeOffset From, DateTimeOffset To) range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (query.TraceId is not null)
        {
            yield return (await index.ReadAsync(query.TraceId, cancellationToken)).Spans;
            yield break;
        }
        var list = TraceListRows.ListFor(query);
        await foreach (var minute in lists.ReadMinutesAsync(list, range, list.IsAll ? null : TraceListRow.Columns, cancellationToken))
        {
            if (list.IsAll)
            {
                yield return [.. minute.SelectMany(row => row.Spans)];
                continue;
            }
            var ofMinute = new List<SpanRecord>();
            foreach (var some in minute.Chunk(LoadedAtOnce))
            {
                var loaded = await Task.WhenAll(some.Select(row => lists.ReadSpansAsync(row.TraceId, TraceListKeys.MinuteOf(row.Key), cancellationToken)));
                ofMinute.AddRange(loaded.SelectMany(spans => spans));
            }
            yield return ofMinute;
        }
    }

    private static SpanQuery Narrow(SpanQuery query) => query with
    {
        TraceId = query.TraceId ?? FilterTerms.Text(query.Filter, "trace_id"),
        RunId = query.RunId ?? FilterTerms.Text(query.Filter, "run_id"),
        SessionId = query.SessionId ?? FilterTerms.Text(query.Filter, "session_id"),
        UserId = query.UserId ?? FilterTerms.Text(query.Filter, "user_id"),
        AgentId = query.AgentId ?? FilterTerms.Text(query.Filter, "agent_id"),
        TeamId = query.TeamId ?? FilterTerms.Text(query.Filter, "team_id"),
        WorkflowId = query.WorkflowId ?? FilterTerms.Text(query.Filter, "workflow_id"),
    };

    private static bool Matches(SpanQuery query, SpanRecord span) =>
        (query.RunId is null || query.RunId == span.RunId)
        && (query.SessionId is null || query.SessionId == span.SessionId)
        && (query.UserId is null || query.UserId == span.UserId)
        && (query.AgentId is null || query.AgentId == span.AgentId)
        && (query.TeamId is null || query.TeamId == span.TeamId)
        && (query.WorkflowId is null || query.WorkflowId == span.WorkflowId)
        && (query.Name is null || query.Name == span.Name)
        && (query.Type is null || query.Type == span.Type)
        && (query.Status is null || query.Status == (span.Status == 2 ? "error" : "ok"))
        && (query.Model is null || query.Model == span.Model())
        && (query.MinDuration is null || span.EndTime - span.StartTime >= query.MinDuration)
        && (query.Filter is null || query.Filter.Matches(span));

    private static TracePosition PositionOf(SpanRecord span) => new(span.StartTime, span.TraceId, span.SpanId);
}
