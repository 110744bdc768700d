using System.Runtime.CompilerServices;
using AgentFunctions.Runs;
using AgentFunctions.Traces;

namespace AgentFunctions.Storage;

/// <summary>The list of traces: the shortest list that the query allows, each trace asked whether it matches.</summary>
internal sealed class TraceListing(TraceLists lists, TraceIndex index)
{
    private const string Traces = "traces";
    private const int MaxPage = 200;
    private const int LoadedAtOnce = 32;

    public async Task<ListPage<TraceSummary>> ListAsync(TraceQuery query, CancellationToken cancellationToken)
    {
        var limit = Math.Clamp(query.Limit, 1, MaxPage);
        var found = new List<TraceSummary>();
        await foreach (var trace in FindAsync(query, TracePosition.Read(Traces, query.Cursor), limit + 1, cancellationToken))
        {
            found.Add(trace);
            if (found.Count > limit)
            {
                return new ListPage<TraceSummary>(found[..limit], PositionOf(found[limit - 1]).ToCursor(Traces));
            }
        }
        return new ListPage<TraceSummary>(found, null);
    }

    private async IAsyncEnumerable<TraceSummary> FindAsync(
        TraceQuery query, TracePosition? after, int expected, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var range = StartRange.Of(query.From, query.To, query.Filter, after);
        await foreach (var minute in lists.ReadMinutesAsync(TraceListRows.ListFor(Narrow(query)), range.Bounds, TraceListRow.Columns, cancellationToken))
        {
            var places = minute.Where(row => row.Start is { } start && range.Has(start))
                .Select(row => new TracePosition(row.Start!.Value, row.TraceId))
                .Where(place => after is null || place.CompareTo(after.Value) > 0)
                .Order();
            foreach (var some in places.Chunk(Math.Min(expected, LoadedAtOnce)))
            {
                var loaded = await Task.WhenAll(some.Select(place => index.ReadSummaryAsync(place.TraceId, cancellationToken)));
                foreach (var (trace, place) in loaded.Zip(some).Where(l => l.First is not null && PositionOf(l.First) == l.Second && Matches(query, l.First)))
                {
                    yield return trace!;
                }
            }
        }
    }

    // What the filter demands as if it had been asked for directly; it never takes the place of what was.
    private static TraceQuery Narrow(TraceQuery query) => query with
    {
        RunId = query.RunId ?? FilterTerms.Text(query.Filter, "run_id"),
        SessionId = query.SessionId ?? FilterTerms.Text(query.Filter, "session_id"),
        UserId = query.UserId ?? FilterTerms.Text(query.Filter, "user_id"),
        AgentId = query.AgentId ?? FilterTerms.Text(query.Filter, "agent_id"),
        TeamId = query.TeamId ?? FilterTerms.Text(query.Filter, "team_id"),
        WorkflowId = query.WorkflowId ?? FilterTerms.Text(query.Filter, "workflow_id"),
        Status = query.Status ?? FilterTerms.Text(query.Filter, "status"),
        Name = query.Name ?? FilterTerms.Text(query.Filter, "name"),
    };

    private static bool Matches(TraceQuery query, TraceSummary trace) =>
        (query.RunId is null || query.RunId == trace.RunId)
        && (query.SessionId is null || query.SessionId == trace.SessionId)
        && (query.UserId is null || query.UserId == trace.UserId)
        && (query.AgentId is null || query.AgentId == trace.AgentId)
        && (query.TeamId is null || query.TeamId == trace.TeamId)
        && (query.WorkflowId is null || query.WorkflowId == trace.WorkflowId)
        && (query.Status is null || query.Status == trace.Status)
        && (query.Name is null || query.Name == trace.Name)
        && (query.MinDuration is null || trace.EndTime - trace.StartTime >= query.MinDuration)
        && (query.Filter is null || query.Filter.Matches(trace));

    private static TracePosition PositionOf(TraceSummary trace) => new(trace.StartTime, trace.TraceId);
}

/// <summary>The starts that a query asks for: from the first time on and before the second; null does not limit.</summary>
internal sealed record StartRange(DateTimeOffset? From, DateTimeOffset? To, (DateTimeOffset From, DateTimeOffset To) Bounds)
{
    /// <param name="from">From this time on.</param>
    /// <param name="to">Before this time.</param>
    /// <param name="filter">May narrow what has to be read.</param>
    /// <param name="after">Where the page before ended.</param>
    public static StartRange Of(DateTimeOffset? from, DateTimeOffset? to, Filter? filter, TracePosition? after)
    {
        var asked = FilterTerms.Start(filter);
        var latest = new[] { to, asked.To, after?.Start }.Min() ?? DateTimeOffset.MaxValue;
        var earliest = new[] { from, asked.From }.Max() ?? DateTimeOffset.MinValue;
        return new StartRange(from, to, (earliest < latest ? earliest : latest, latest));
    }

    public bool Has(DateTimeOffset start) => (From is null || start >= From) && (To is null || start < To);
}
