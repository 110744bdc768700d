// The list of traces as a user expects it: runs in progress first, then what the trace store has.
using AgentFunctions.Costs;
using AgentFunctions.Runs;

namespace AgentFunctions.Traces;

/// <summary>
/// Pages over two lists, each latest first. A page may hold fewer than its limit; a cursor that is null says that it is the last.
/// </summary>
public sealed class TraceList(ITraceQueries queries, IRunStore runs, LiveRuns live)
{
    private const string RunPhase = "run.";
    private const string StorePhase = "trace.";

    /// <exception cref="FormatException">The cursor is not one that this list issued.</exception>
    public async Task<ListPage<TraceSummary>> ListAsync(TraceQuery query, CancellationToken cancellationToken)
    {
        if (query.Status is "ok" or "error")
            return await StoredAsync(query, CursorOf(query, StorePhase), cancellationToken);
        if (query.Cursor is { } cursor && !cursor.StartsWith(RunPhase, StringComparison.Ordinal))
            return await StoredAsync(query, CursorOf(query, StorePhase), cancellationToken);
        var running = await RunningAsync(query, CursorOf(query, RunPhase), cancellationToken);
        if (running.NextCursor is not null || running.Items.Count >= query.Limit)
            return running with { NextCursor = running.NextCursor is { } next ? RunPhase + next : StorePhase };
        var rest = await StoredAsync(query with { Limit = query.Limit - running.Items.Count }, null, cancellationToken);
        return rest with { Items = [.. running.Items, .. rest.Items] };
    }

    private static string? CursorOf(TraceQuery query, string phase)
    {
        if (query.Cursor is not { } cursor)
            return null;
        if (!cursor.StartsWith(phase, StringComparison.Ordinal))
            throw new FormatException("The cursor is not one that the list of traces returned.");
        return cursor.Length == phase.Length ? null : cursor[phase.Length..];
    }

    private async Task<ListPage<TraceSummary>> StoredAsync(TraceQuery query, string? cursor, CancellationToken cancellationToken)
    {
        var page = await queries.ListTracesAsync(query with { Cursor = cursor }, cancellationToken);
        var items = new List<TraceSummary>();
        foreach (var trace in page.Items)
        {
            // The first part of the list has it, with more than its finished spans.
            var listed = trace is { Status: "running", RunId: { } runId }
                && await runs.GetAsync(runId, cancellationToken) is { Status: RunStatus.Running };
            if (!listed)
                items.Add(trace);
        }

        return new ListPage<TraceSummary>(items, page.NextCursor is { } next ? StorePhase + next : null);
    }

    private async Task<ListPage<TraceSummary>> RunningAsync(TraceQuery query, string? cursor, CancellationToken cancellationToken)
    {
        var page = await RunsAsync(query, cursor, cancellationToken);
        var items = new List<TraceSummary>();
        foreach (var run in page.Items)
        {
            var trace = Summary(run, await live.ReadAsync(run, cancellationToken));
            if (Passes(trace, query))
                items.Add(trace);
        }

        return new ListPage<TraceSummary>(items, page.NextCursor);
    }

    private async Task<ListPage<RunRecord>> RunsAsync(TraceQuery query, string? cursor, CancellationToken cancellationToken)
    {
        if (query.RunId is not { } runId)
            return await runs.ListAsync(
                new RunQuery(query.AgentId, query.SessionId, query.UserId, RunStatus.Running, To: query.To, Limit: query.Limit, Cursor: cursor), cancellationToken);
        var run = await runs.GetAsync(runId, cancellationToken);
        return new ListPage<RunRecord>(run is { Status: RunStatus.Running } ? [run] : [], null);
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
            Status = "running",
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
}
