// A trace as the API shows it: its spans as a tree, with totals.
using System.Text.Json.Nodes;
using AgentFunctions.Runs;

namespace AgentFunctions.Traces;

/// <summary>One trace. Serialized with AgentJson it is the answer of <c>GET /api/v1/traces/{trace_id}</c>.</summary>
public sealed record TraceTree
{
    public required string TraceId { get; init; }

    /// <summary>The name of the first run's root span; of the first span while no root has come.</summary>
    public required string Name { get; init; }

    /// <summary><c>ok</c> or <c>error</c> as the first run ended, whatever its children did; <c>running</c> while no root has come.</summary>
    public required string Status { get; init; }

    public required DateTimeOffset StartTime { get; init; }

    public required DateTimeOffset EndTime { get; init; }

    public required double DurationMs { get; init; }

    public required int TotalSpans { get; init; }

    /// <summary>Spans with status error, the root included.</summary>
    public required int ErrorCount { get; init; }

    /// <summary>Summed over the model calls.</summary>
    public required RunUsage Usage { get; init; }

    /// <summary>Spans whose parent the store does not have, by start time.</summary>
    public required IReadOnlyList<SpanNode> Tree { get; init; }

    /// <param name="traceId">32 hex digits.</param>
    /// <param name="spans">The trace's spans in any order, at least one.</param>
    /// <exception cref="ArgumentException">There is no span.</exception>
    public static TraceTree Build(string traceId, IReadOnlyList<SpanRecord> spans)
    {
        if (spans.Count == 0)
            throw new ArgumentException($"Trace {traceId} has no spans; answer 404 instead of building a tree.", nameof(spans));
        var known = spans.Select(s => s.SpanId).ToHashSet();
        var byParent = spans.ToLookup(s => IsRoot(s, known) ? null : s.ParentSpanId);
        var roots = InOrder(byParent[null]).ToList();
        var run = roots.Find(s => s.Type is "AGENT" or "CHAIN");
        var (start, end) = (spans.Min(s => s.StartTime), spans.Max(s => s.EndTime));
        return new TraceTree
        {
            TraceId = traceId,
            Name = (run ?? InOrder(spans).First()).Name,
            Status = run is null ? "running" : SpanNode.StatusWord(run),
            StartTime = start,
            EndTime = end,
            DurationMs = (end - start).TotalMilliseconds,
            TotalSpans = spans.Count,
            ErrorCount = spans.Count(s => s.Status == SpanNode.ErrorStatus),
            Usage = spans.Where(s => s.IsModelCall()).Aggregate(RunUsage.None, (sum, s) => sum + s.Usage()),
            Tree = [.. roots.Select(s => SpanNode.Build(s, byParent))],
        };
    }

    internal static IEnumerable<SpanRecord> InOrder(IEnumerable<SpanRecord> spans) =>
        spans.OrderBy(s => s.StartTime).ThenBy(s => s.SpanId, StringComparer.Ordinal);

    private static bool IsRoot(SpanRecord span, HashSet<string> known) =>
        span.ParentSpanId is null || span.ParentSpanId == span.SpanId || !known.Contains(span.ParentSpanId);
}

/// <summary>A span and what is below it, by start time.</summary>
public sealed record SpanNode
{
    internal const int ErrorStatus = 2;

    public required string SpanId { get; init; }

    public string? ParentSpanId { get; init; }

    public required string Name { get; init; }

    /// <summary>AGENT, LLM, TOOL, …; UNKNOWN for a span that does not say.</summary>
    public required string Type { get; init; }

    /// <summary><c>ok</c> or <c>error</c>.</summary>
    public required string Status { get; init; }

    public string? StatusMessage { get; init; }

    public required DateTimeOffset StartTime { get; init; }

    public required DateTimeOffset EndTime { get; init; }

    public required double DurationMs { get; init; }

    public required JsonObject Attributes { get; init; }

    public required JsonArray Events { get; init; }

    public required JsonArray Links { get; init; }

    public required IReadOnlyList<SpanNode> Children { get; init; }

    internal static string StatusWord(SpanRecord span) => span.Status == ErrorStatus ? "error" : "ok";

    internal static SpanNode Build(SpanRecord span, ILookup<string?, SpanRecord> byParent) => new()
    {
        SpanId = span.SpanId,
        ParentSpanId = span.ParentSpanId,
        Name = span.Name,
        Type = span.Type ?? "UNKNOWN",
        Status = StatusWord(span),
        StatusMessage = span.StatusMessage,
        StartTime = span.StartTime,
        EndTime = span.EndTime,
        DurationMs = span.DurationMs(),
        Attributes = span.Attributes,
        Events = span.Events,
        Links = span.Links,
        Children = [.. TraceTree.InOrder(byParent[span.SpanId]).Select(child => Build(child, byParent))],
    };
}
