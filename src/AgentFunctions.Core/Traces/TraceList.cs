// The list of traces as a user expects it: runs in progress first, then those that wait for a person, then what the trace store has.
using AgentFunctions.Agents;
using AgentFunctions.Costs;
using AgentFunctions.Runs;

namespace AgentFunctions.Traces;

/// <summary>
/// Pages over three lists, each latest first. A page may hold fewer than its limit; a cursor that is null says that it is the last.
/// </summary>
public sealed class TraceList(ITraceQueries queries, IRunStore runs, LiveRuns live)
{
    private static readonly Part _running = new("run.", RunStatus.Running);
    private static readonly Part _paused = new("paused.", RunStatus.Paused);
    private static readonly Part _stored = new("trace.", Runs: null);

    /// <exception cref="FormatException">The cursor is not one that this list issued.</exception>
    public async Task<ListPage<TraceSummary>> ListAsync(TraceQuery query, CancellationToken cancellationToken)
    {
        var parts = PartsOf(query.Status);
        var (first, cursor) = query.Cursor is { } given ? PlaceOf(parts, given) : (0, null);
        var items = new List<TraceSummary>();
        for (var part = first; part < parts.Length; part++)
        {
            if (items.Count >= query.Limit)
                return new ListPage<TraceSummary>(items, parts[part].Name);
            var page = await ReadAsync(parts[part], query with { Limit = query.Limit - items.Count, Cursor = cursor }, cancellationToken);
            items.AddRange(page.Items);
            if (page.NextCursor is { } next)
                return new ListPage<TraceSummary>(items, parts[part].Name + next);
            cursor = null;
        }

        return new ListPage<TraceSummary>(items, null);
    }

    private static Part[] PartsOf(string? status) => status switch
    {
        null => [_running, _paused, _stored],
        "running" => [_running, _stored],
        "paused" => [_paused],
        _ => [_stored],
    };

    private static (int Part, string? Cursor) PlaceOf(Part[] parts, string cursor)
    {
        var part = Array.FindIndex(parts, p => cursor.StartsWith(p.Name, StringComparison.Ordinal));
        if (part < 0)
            throw new FormatException("The cursor is not one that the list of traces returned.");
        return (part, cursor.Length == parts[part].Name.Length ? null : cursor[parts[part].Name.Length..]);
    }

    private Task<ListPage<TraceSummary>> ReadAsync(Part part, TraceQuery query, CancellationToken cancellationToken) =>
        part.Runs is { } status ? UnderWayAsync(status, query, cancellationToken) : StoredAsync(query, cancellationToken);

    private async Task<ListPage<TraceSummary>> StoredAsync(TraceQuery query, CancellationToken cancellationToken)
    {
        var page = await queries.ListTracesAsync(query, cancellationToken);
        var items = new List<TraceSummary>();
        foreach (var trace in page.Items)
        {
            // Another part of the list has it, with more than its finished spans.
            var listed = trace is { Status: "running", RunId: { } runId }
                && await runs.GetAsync(runId, cancellationToken) is { Status: RunStatus.Running or RunStatus.Paused };
            if (!listed)
                items.Add(trace);
        }

        return new ListPage<TraceSummary>(items, page.NextCursor);
    }

    private async Task<ListPage<TraceSummary>> UnderWayAsync(RunStatus status, TraceQuery query, CancellationToken cancellationToken)
    {
        var page = await RunsAsync(status, query, cancellationToken);
        var items = new List<TraceSummary>();
        foreach (var run in page.Items)
        {
            var trace = Summary(run, await live.ReadAsync(run, cancellationToken));
            if (Passes(trace, query))
                items.Add(trace);
        }

        return new ListPage<TraceSummary>(items, page.NextCursor);
    }

    private async Task<ListPage<RunRecord>> RunsAsync(RunStatus status, TraceQuery query, CancellationToken cancellationToken)
    {
        if (query.RunId is not { } runId)
            return await runs.ListAsync(
                new RunQuery(query.AgentId, query.SessionId, query.UserId, status, To: query.To, Limit: query.Limit, Cursor: query.Cursor), cancellationToken);
        var run = await runs.GetAsync(runId, cancellationToken);
        return new ListPage<RunRecord>(run is not null && run.Status == status ? [run] : [], null);
    }

    private static bool Passes(TraceSummary trace, TraceQuery query) =>
        Is(query.RunId, trace.RunId) && Is(query.SessionId, trace.SessionId) && Is(query.UserId, trace.UserId)
        && Is(query.AgentId, trace.AgentId) && Is(query.TeamId, trace.TeamId) && Is(query.WorkflowId, trace.WorkflowId)
        && Is(query.Name, trace.Name)
        && (query.MinDuration is null || trace.DurationMs >= query.MinDuration.Value.TotalMilliseconds)
        && (query.From is null || trace.StartTime >= query.From)
        && (query.To is null || trace.StartTime < query.To)
        && (query.Filter is null || query.Filter.Matches(trace));

    private static bool Is(string? wanted, string? actual) => wanted is null || wanted == actual;

    private static TraceSummary Summary(RunRecord run, LiveSpans now)
    {
        var root = now.Spans.First(s => s.IsRunRoot());
        var modelCalls = now.Spans.Where(s => s.IsModelCall()).ToList();
        return new TraceSummary
        {
            TraceId = run.TraceId,
            Name = root.Name,
            Status = AgentJson.Word(run.Status),
            StartTime = root.StartTime,
            EndTime = root.EndTime,
            DurationMs = root.DurationMs(),
            TotalSpans = now.Spans.Count,
            ErrorCount = now.Spans.Count(s => s.Status == SpanNode.ErrorStatus),
            Usage = modelCalls.Aggregate(RunUsage.None, (sum, s) => sum + s.Usage()),
            CostUsd = modelCalls.Aggregate((decimal?)null, (sum, s) => Money.Sum(sum, s.CostUsd())),
            UnpricedCalls = modelCalls.Count(s => s.IsUnpriced()),
            RunId = run.RunId,
            SessionId = run.SessionId,
            UserId = run.UserId,
            AgentId = run.AgentId,
            TeamId = run.TeamId,
            WorkflowId = run.WorkflowId,
        };
    }

    /// <param name="Name">Begins the cursors of the part.</param>
    /// <param name="Runs">The runs that it lists; null for what is stored.</param>
    private sealed record Part(string Name, RunStatus? Runs);
}
