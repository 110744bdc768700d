// A trace as the API shows it: its spans as a tree, with totals.
using System.Text.Json.Nodes;
using AgentFunctions.Costs;
using AgentFunctions.Runs;

namespace AgentFunctions.Traces;

/// <summary>One trace. Serialized with AgentJson it is the answer of <c>GET /api/v1/traces/{trace_id}</c>.</summary>
public sealed record TraceTree
{
    public required string TraceId { get; init; }

    /// <summary>The name of the first run's root span; of the first span while no root has come.</summary>
    public required string Name { get; init; }

    /// <summary><c>ok</c> or <c>error</c> as the first run ended, whatever its children did; <c>running</c> until then.</summary>
    public required string Status { get; init; }

    public required DateTimeOffset StartTime { get; init; }

    public required DateTimeOffset EndTime { get; init; }

    public required double DurationMs { get; init; }

    public required int TotalSpans { get; init; }

    /// <summary>Spans with status error, the root included.</summary>
    public required int ErrorCount { get; init; }

    /// <summary>Summed over the model calls.</summary>
    public required RunUsage Usage { get; init; }

    /// <summary>US dollars over the model calls whose price is known; null when none is.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>Model calls whose cost is not, or not wholly, in <see cref="CostUsd"/>.</summary>
    public int UnpricedCalls { get; init; }

    /// <summary>Spans whose parent the store does not have, by start time.</summary>
    public required IReadOnlyList<SpanNode> Tree { get; init; }

    /// <param name="traceId">32 hex digits.</param>
    /// <param name="spans">The trace's spans in any order, at least one.</param>
    /// <param name="running">Ids of spans that have not ended; their end is the time of reading.</param>
    /// <exception cref="ArgumentException">There is no span.</exception>
    public static TraceTree Build(string traceId, IReadOnlyList<SpanRecord> spans, IReadOnlySet<string>? running = null)
    {
        if (spans.Count == 0)
            throw new ArgumentException($"Trace {traceId} has no spans; answer 404 instead of building a tree.", nameof(spans));
        var known = spans.Select(s => s.SpanId).ToHashSet();
        var byParent = spans.ToLookup(s => IsRoot(s, known) ? null : s.ParentSpanId);
        var roots = InOrder(byParent[null]).ToList();
        var modelCalls = spans.Where(s => s.IsModelCall()).ToList();
        running ??= new HashSet<string>();
        var run = roots.Find(s => s.Type is "AGENT" or "CHAIN");
        var (start, end) = (spans.Min(s => s.StartTime), spans.Max(s => s.EndTime));
        return new TraceTree
        {
            TraceId = traceId,
            Name = (run ?? InOrder(spans).First()).Name,
            Status = run is null ? "running" : SpanNode.StatusWord(run, running),
            StartTime = start,
            EndTime = end,
            DurationMs = (end - start).TotalMilliseconds,
            TotalSpans = spans.Count,
            ErrorCount = spans.Count(s => s.Status == SpanNode.ErrorStatus),
            Usage = modelCalls.Aggregate(RunUsage.None, (sum, s) => sum + s.Usage()),
            CostUsd = modelCalls.Aggregate((decimal?)null, (sum, s) => Money.Sum(sum, s.CostUsd())),
            UnpricedCalls = modelCalls.Count(s => s.IsUnpriced()),
            Tree = [.. roots.Select(s => SpanNode.Build(s, byParent, running))],
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

    /// <summary><c>ok</c> or <c>error</c>; <c>running</c> while the work is under way.</summary>
    public required string Status { get; init; }

    public string? StatusMessage { get; init; }

    public required DateTimeOffset StartTime { get; init; }

    public required DateTimeOffset EndTime { get; init; }

    public required double DurationMs { get; init; }

    public required JsonObject Attributes { get; init; }

    public required JsonArray Events { get; init; }

    public required JsonArray Links { get; init; }

    public required IReadOnlyList<SpanNode> Children { get; init; }

    /// <summary><c>ok</c> or <c>error</c>.</summary>
    public static string StatusWord(SpanRecord span) => span.Status == ErrorStatus ? "error" : "ok";

    internal static string StatusWord(SpanRecord span, IReadOnlySet<string> running) => running.Contains(span.SpanId) ? "running" : StatusWord(span);

    internal static SpanNode Build(SpanRecord span, ILookup<string?, SpanRecord> byParent, IReadOnlySet<string> running) => new()
    {
        SpanId = span.SpanId,
        ParentSpanId = span.ParentSpanId,
        Name = span.Name,
        Type = span.Type ?? "UNKNOWN",
        Status = StatusWord(span, running),
        StatusMessage = span.StatusMessage,
        StartTime = span.StartTime,
        EndTime = span.EndTime,
        DurationMs = span.DurationMs(),
        Attributes = span.Attributes,
        Events = span.Events,
        Links = span.Links,
        Children = [.. TraceTree.InOrder(byParent[span.SpanId]).Select(child => Build(child, byParent, running))],
    };
}
