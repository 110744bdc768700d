using System.Globalization;
using AgentFunctions.Runs;
using AgentFunctions.Traces;

namespace AgentFunctions.Storage;

/// <summary>Counts spans by group.</summary>
internal sealed class SpanGroups(StatisticsQuery query)
{
    private const int MaxGroups = 1000;
    private const int ErrorStatus = 2;

    private readonly Dictionary<GroupKey, Group> _groups = [];

    /// <summary>Counts the span if the query asks for it.</summary>
    public void Add(SpanRecord span)
    {
        if (!Asked(span))
        {
            return;
        }
        var key = new GroupKey(ValueOf(span, query.By[0]), query.By.Count > 1 ? ValueOf(span, query.By[1]) : null, query.By.Contains(StatisticsKey.Name) ? span.Type : null);
        if (!_groups.TryGetValue(key, out var group))
        {
            _groups.Add(key, group = new Group());
        }
        group.Add(span);
    }

    /// <summary>The groups in the order of the query.</summary>
    public IReadOnlyList<SpanStatistics> ToStatistics()
    {
        var byKey = _groups.OrderBy(group => group.Key).Select(group => group.Value.ToStatistics(group.Key, query.By.Count)).ToList();
        IEnumerable<SpanStatistics> ordered = query.Order == StatisticsOrder.Key ? byKey
            : query.Ascending ? byKey.OrderBy(Rank)
            : byKey.OrderByDescending(Rank);
        return [.. ordered.Take(Math.Clamp(query.Limit, 1, MaxGroups))];
    }

    private bool Asked(SpanRecord span) =>
        span.StartTime >= query.From && span.StartTime < query.To
        && (!query.RunsOnly || span.IsRunRoot())
        && (query.Type is null || query.Type == span.Type)
        && (query.Name is null || query.Name == span.Name)
        && (query.AgentId is null || query.AgentId == span.AgentId)
        && (query.TeamId is null || query.TeamId == span.TeamId)
        && (query.WorkflowId is null || query.WorkflowId == span.WorkflowId)
        && (query.SessionId is null || query.SessionId == span.SessionId)
        && (query.UserId is null || query.UserId == span.UserId)
        && (query.Model is null || query.Model == span.Model());

    private static string? ValueOf(SpanRecord span, StatisticsKey key) => key switch
    {
        StatisticsKey.Name => span.Name,
        StatisticsKey.Type => span.Type,
        StatisticsKey.Agent => span.AgentId,
        StatisticsKey.Model => span.Model(),
        StatisticsKey.User => span.UserId,
        StatisticsKey.Session => span.SessionId,
        StatisticsKey.Team => span.TeamId,
        StatisticsKey.Workflow => span.WorkflowId,
        StatisticsKey.Day => span.StartTime.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        _ => throw new ArgumentOutOfRangeException(nameof(key), key, null),
    };

    private double Rank(SpanStatistics group) => query.Order switch
    {
        StatisticsOrder.Calls => group.Calls,
        StatisticsOrder.AvgDuration => group.AvgDurationMs,
        StatisticsOrder.P50Duration => group.P50DurationMs,
        StatisticsOrder.P95Duration => group.P95DurationMs,
        StatisticsOrder.MaxDuration => group.MaxDurationMs,
        StatisticsOrder.Errors => group.Errors,
        StatisticsOrder.LastCalled => group.LastCalledAt.UtcTicks,
        StatisticsOrder.Cost => (double)(group.CostUsd ?? 0),
        _ => throw new ArgumentOutOfRangeException(nameof(group), query.Order, null),
    };

    private readonly record struct GroupKey(string? First, string? Second, string? Type) : IComparable<GroupKey>
    {
        public int CompareTo(GroupKey other) =>
            string.CompareOrdinal(First, other.First) is not 0 and var first ? first
            : string.CompareOrdinal(Second, other.Second) is not 0 and var second ? second
            : string.CompareOrdinal(Type, other.Type);
    }

    private sealed class Group
    {
        private readonly List<double> _durations = [];
        private DateTimeOffset _first = DateTimeOffset.MaxValue;
        private DateTimeOffset _last = DateTimeOffset.MinValue;
        private long _errors;
        private long _unpriced;
        private RunUsage _usage = RunUsage.None;
        private decimal? _cost;

        public void Add(SpanRecord span)
        {
            _durations.Add(span.DurationMs());
            _first = span.StartTime < _first ? span.StartTime : _first;
            _last = span.StartTime > _last ? span.StartTime : _last;
            _errors += span.Status == ErrorStatus ? 1 : 0;
            _unpriced += span.LacksPrice() ? 1 : 0;
            _usage += span.Usage();
            _cost = span.CostUsd() is { } cost ? (_cost ?? 0) + cost : _cost;
        }

        public SpanStatistics ToStatistics(GroupKey key, int keys)
        {
            _durations.Sort();
            return new SpanStatistics(keys > 1 ? [key.First, key.Second] : [key.First])
            {
                Type = key.Type,
                Calls = _durations.Count,
                AvgDurationMs = _durations.Average(),
                P50DurationMs = Percentile(50),
                P95DurationMs = Percentile(95),
                MaxDurationMs = _durations[^1],
                Errors = _errors,
                FirstCalledAt = _first,
                LastCalledAt = _last,
                Usage = _usage,
                CostUsd = _cost,
                UnpricedCalls = _unpriced,
            };
        }

        // By nearest rank: a duration that was measured.
        private double Percentile(int percent) => _durations[Math.Max(0, (((_durations.Count * percent) + 99) / 100) - 1)];
    }
}
