// What statistics a request asks for.
using AgentFunctions.Agents;
using AgentFunctions.Traces;
using Microsoft.AspNetCore.Http;

namespace AgentFunctions.Http;

/// <summary>Reads <c>by, from, to, sort_by, sort_order, limit</c> and the filters.</summary>
internal static class StatsRequest
{
    /// <summary>The longest time that one request may ask for: statistics read every span of it.</summary>
    public static readonly TimeSpan MaxRange = TimeSpan.FromDays(92);

    private const int MaxGroups = 1000;

    private static readonly Dictionary<string, StatisticsOrder> _orders = new()
    {
        ["total_calls"] = StatisticsOrder.Calls,
        ["avg_duration_ms"] = StatisticsOrder.AvgDuration,
        ["p50_duration_ms"] = StatisticsOrder.P50Duration,
        ["p95_duration_ms"] = StatisticsOrder.P95Duration,
        ["max_duration_ms"] = StatisticsOrder.MaxDuration,
        ["error_count"] = StatisticsOrder.Errors,
        ["last_called_at"] = StatisticsOrder.LastCalled,
        ["cost_usd"] = StatisticsOrder.Cost,
        ["group"] = StatisticsOrder.Key,
    };

    /// <param name="by">The keys when the request names none.</param>
    /// <param name="order">The order when the request names none; days come in their order all the same.</param>
    /// <param name="range">How far back from <paramref name="now"/> when the request has no <c>from</c>.</param>
    public static StatisticsQuery Read(HttpRequest request, StatisticsKey by, StatisticsOrder order, TimeSpan range, DateTimeOffset now)
    {
        var to = Query.Time(request, "to") ?? now;
        var from = Query.Time(request, "from") ?? to - range;
        if (from >= to)
            throw ApiException.Invalid("'from' must be before 'to'.");
        if (to - from > MaxRange)
            throw ApiException.Invalid($"Statistics cover at most {MaxRange.Days} days; move 'from' or 'to'.");
        var keys = Keys(request) ?? [by];
        var named = Query.OneOf(request, "sort_by", _orders.Keys);
        return new StatisticsQuery
        {
            By = keys,
            From = from,
            To = to,
            Type = Query.Text(request, "type")?.ToUpperInvariant(),
            Name = Query.Text(request, "name"),
            AgentId = Query.Text(request, "agent_id"),
            TeamId = Query.Text(request, "team_id"),
            WorkflowId = Query.Text(request, "workflow_id"),
            SessionId = Query.Text(request, "session_id"),
            UserId = Query.Text(request, "user_id"),
            Model = Query.Text(request, "model"),
            Order = named is not null ? _orders[named] : keys.Contains(StatisticsKey.Day) ? StatisticsOrder.Key : order,
            Ascending = Query.OneOf(request, "sort_order", "asc", "desc") == "asc",
            Limit = Query.Int(request, "limit", 100, 1, MaxGroups),
        };
    }

    private static StatisticsKey[]? Keys(HttpRequest request)
    {
        if (Query.Text(request, "by") is not { } text)
            return null;
        var words = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var all = Enum.GetValues<StatisticsKey>().ToDictionary(AgentJson.Word);
        if (words.FirstOrDefault(w => !all.ContainsKey(w)) is { } unknown)
            throw ApiException.Invalid($"'by' does not know '{unknown}'. Known: {string.Join(", ", all.Keys)}.");
        return words.Length is 1 or 2 && words.Distinct().Count() == words.Length
            ? [.. words.Select(w => all[w])]
            : throw ApiException.Invalid("'by' takes one key, or two different ones with a comma between.");
    }
}
