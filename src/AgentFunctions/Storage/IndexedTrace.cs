using AgentFunctions.Runs;
using AgentFunctions.Traces;
using Azure;

namespace AgentFunctions.Storage;

/// <summary>
/// What the store knows of a trace: its spans without their content. Summary and places in lists are functions of it, so
/// the order in which spans arrive does not matter.
/// </summary>
/// <param name="Spans">Slim, by start time and span id.</param>
/// <param name="Bytes">About what the spans take.</param>
/// <param name="Version">Of the rows that it was read from; null for a trace that is not there yet.</param>
internal sealed record IndexedTrace(string TraceId, IReadOnlyList<SpanRecord> Spans, long Bytes, ETag? Version)
{
    private const int ErrorStatus = 2;
    private const int RowOverhead = 300;

    public static IndexedTrace None(string traceId) => new(traceId, [], 0, Version: null);

    /// <summary>The trace with these spans, each new or instead of the one with its id.</summary>
    public IndexedTrace With(IReadOnlyCollection<SpanWrite> written)
    {
        var before = Spans.Select(span => span.SpanId).ToHashSet();
        var replaced = written.Select(write => write.Span.SpanId).ToHashSet();
        return this with
        {
            Spans = [.. Spans.Where(span => !replaced.Contains(span.SpanId)).Concat(written.Select(write => SlimSpans.Of(write.Span))).OrderBy(span => span.StartTime).ThenBy(span => span.SpanId, StringComparer.Ordinal)],
            Bytes = Bytes + written.Where(write => !before.Contains(write.Span.SpanId)).Sum(write => write.Text.Length + RowOverhead),
        };
    }

    public TraceSummary Summarize()
    {
        var root = Spans.FirstOrDefault(span => span.IsRootOfRootRun());
        var first = root ?? Spans[0];
        var calls = Spans.Where(span => span.IsModelCall()).ToList();
        var (start, end) = (Spans[0].StartTime, Spans.Max(span => span.EndTime));
        return new TraceSummary
        {
            TraceId = TraceId,
            Name = first.Name,
            Status = root is null ? TraceStatuses.Running : root.Status == ErrorStatus ? TraceStatuses.Error : TraceStatuses.Ok,
            StartTime = start,
            EndTime = end,
            DurationMs = (end - start).TotalMilliseconds,
            TotalSpans = Spans.Count,
            ErrorCount = Spans.Count(span => span.Status == ErrorStatus),
            Usage = calls.Aggregate(RunUsage.None, (sum, call) => sum + call.Usage()),
            CostUsd = calls.Aggregate((decimal?)null, (sum, call) => call.CostUsd() is { } cost ? (sum ?? 0) + cost : sum),
            UnpricedCalls = calls.Count(call => call.LacksPrice()),
            RunId = first.RunId,
            SessionId = first.SessionId,
            UserId = first.UserId,
            AgentId = first.AgentId,
            TeamId = first.TeamId,
            WorkflowId = first.WorkflowId,
        };
    }
}

/// <summary>The words of <see cref="TraceSummary.Status"/>.</summary>
internal static class TraceStatuses
{
    public const string Ok = "ok";
    public const string Error = "error";
    public const string Running = "running";
}

/// <summary>A span to write, and its text as the row will hold it.</summary>
internal sealed record SpanWrite(SpanRecord Span, string Text);
