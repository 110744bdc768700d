// Where the time of a trace went: one row for each agent and operation.
using AgentFunctions.Costs;
using AgentFunctions.Runs;

namespace AgentFunctions.Traces;

/// <summary>What one agent spent on one operation. Durations are in milliseconds.</summary>
public sealed record Bottleneck
{
    /// <summary>The agent's id; null for spans of no agent.</summary>
    public string? Agent { get; init; }

    /// <summary>The spans' name, for example <c>execute_tool get_weather</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>AGENT, LLM, TOOL, …; null when the spans do not say.</summary>
    public string? Type { get; init; }

    public required int Calls { get; init; }

    public required double TotalDurationMs { get; init; }

    public required double AvgDurationMs { get; init; }

    public required double MaxDurationMs { get; init; }

    /// <summary>The time in which a span itself worked: that which none of its children covers, summed over the calls.</summary>
    public required double SelfDurationMs { get; init; }

    /// <summary>
    /// <see cref="SelfDurationMs"/> in percent of the trace's duration, to two places. An agent that waits for its model and its tools has
    /// next to none; what ran at the same time counts each by itself, so that the shares of a trace may exceed 100 together.
    /// </summary>
    public required double SharePercent { get; init; }

    public required int Errors { get; init; }

    /// <summary>Of model calls; zero for all others, as their tokens are those of the calls below them.</summary>
    public required RunUsage Usage { get; init; }

    /// <summary>US dollars of the model calls whose price is known; null when none is.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>Model calls whose cost is not, or not wholly, in <see cref="CostUsd"/>.</summary>
    public required int UnpricedCalls { get; init; }

    /// <summary>The call that took longest, its children included.</summary>
    public required string SlowestSpanId { get; init; }

    /// <summary>The rows of a trace, largest share first.</summary>
    /// <param name="spans">The trace's spans in any order.</param>
    public static IReadOnlyList<Bottleneck> Of(IReadOnlyList<SpanRecord> spans)
    {
        if (spans.Count == 0)
            return [];
        var children = spans.ToLookup(s => s.ParentSpanId);
        var duration = spans.Max(s => s.EndTime) - spans.Min(s => s.StartTime);
        return [.. spans
            .GroupBy(s => (s.AgentId, s.Name, s.Type))
            .Select(group => Of([.. group], children, duration))
            .OrderByDescending(b => b.SelfDurationMs).ThenBy(b => b.Operation, StringComparer.Ordinal)];
    }

    private static Bottleneck Of(IReadOnlyList<SpanRecord> calls, ILookup<string?, SpanRecord> children, TimeSpan traceDuration)
    {
        var self = calls.Aggregate(TimeSpan.Zero, (sum, s) => sum + SelfTime(s, children[s.SpanId]));
        var total = calls.Aggregate(TimeSpan.Zero, (sum, s) => sum + (s.EndTime - s.StartTime));
        var slowest = calls.MaxBy(s => s.DurationMs())!;
        var modelCalls = calls.Where(s => s.IsModelCall()).ToList();
        return new Bottleneck
        {
            Agent = calls[0].AgentId,
            Operation = calls[0].Name,
            Type = calls[0].Type,
            Calls = calls.Count,
            TotalDurationMs = total.TotalMilliseconds,
            AvgDurationMs = (total / calls.Count).TotalMilliseconds,
            MaxDurationMs = slowest.DurationMs(),
            SelfDurationMs = self.TotalMilliseconds,
            SharePercent = traceDuration > TimeSpan.Zero ? Math.Round(100 * (self / traceDuration), 2) : 0,
            Errors = calls.Count(s => s.Status == SpanNode.ErrorStatus),
            Usage = modelCalls.Aggregate(RunUsage.None, (sum, s) => sum + s.Usage()),
            CostUsd = modelCalls.Aggregate((decimal?)null, (sum, s) => Money.Sum(sum, s.CostUsd())),
            UnpricedCalls = modelCalls.Count(s => s.IsUnpriced()),
            SlowestSpanId = slowest.SpanId,
        };
    }

    // What is left of a span without the times in which at least one child was active.
    private static TimeSpan SelfTime(SpanRecord span, IEnumerable<SpanRecord> children)
    {
        var covered = TimeSpan.Zero;
        var reached = span.StartTime;
        foreach (var child in children.Where(c => c.SpanId != span.SpanId).OrderBy(c => c.StartTime))
        {
            var start = child.StartTime > reached ? child.StartTime : reached;
            var end = child.EndTime < span.EndTime ? child.EndTime : span.EndTime;
            if (end <= start)
                continue;
            covered += end - start;
            reached = end;
        }

        return span.EndTime - span.StartTime - covered;
    }
}
