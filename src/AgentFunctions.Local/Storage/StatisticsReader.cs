using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Runs;
using AgentFunctions.Traces;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Local.Storage;

/// <summary>Groups the spans of a time. Reads one index entry a span; exact percentiles need every duration.</summary>
internal static class StatisticsReader
{
    private const int MaxLimit = 1000;

    public static IReadOnlyList<SpanStatistics> Read(SqliteConnection connection, StatisticsQuery query)
    {
        if (query.By.Count is 0 or > 2 || query.By.Distinct().Count() != query.By.Count)
        {
            throw new ArgumentException("Statistics are grouped by one key or by two different ones.", nameof(query));
        }
        var groups = new Dictionary<(string?, string?, string?), SpanGroup>();
        connection.Query(Sql(query, out var values), row => Count(groups, query, row), values);
        var all = groups.Select(group => group.Value.ToStatistics(KeyOf(group.Key, query), group.Key.Item3));
        return [.. Order(all, query).Take(Math.Clamp(query.Limit, 1, MaxLimit))];
    }

    private static string Sql(StatisticsQuery query, out (string Name, object? Value)[] values)
    {
        var where = new SqlConditions().Between("start_time", query.From, query.To);
        where.Equal("type", query.Type);
        where.Equal("name", query.Name);
        where.Equal("agent_id", query.AgentId);
        where.Equal("team_id", query.TeamId);
        where.Equal("workflow_id", query.WorkflowId);
        where.Equal("session_id", query.SessionId);
        where.Equal("user_id", query.UserId);
        where.Equal("model", query.Model);
        if (query.RunsOnly)
        {
            where.Add("run_status IS NOT NULL");
        }
        values = where.Values;
        return $"""
            SELECT {Column(query.By[0])}, {(query.By.Count == 2 ? Column(query.By[1]) : "NULL")},
                {(query.By.Contains(StatisticsKey.Name) ? "type" : "NULL")}, start_time, end_time, status = 2, input_tokens, output_tokens,
                reasoning_tokens, cached_tokens, cache_write_tokens, cost_usd, unpriced
            FROM spans INDEXED BY {(query.UserId is null ? "spans_by_time" : "spans_by_user")} WHERE {where}
            """;
    }

    // 1970-01-01 is 621,355,968,000,000,000 ticks after the year 1.
    private static string Column(StatisticsKey key) => key switch
    {
        StatisticsKey.Name => "name",
        StatisticsKey.Type => "type",
        StatisticsKey.Agent => "agent_id",
        StatisticsKey.Model => "model",
        StatisticsKey.User => "user_id",
        StatisticsKey.Session => "session_id",
        StatisticsKey.Team => "team_id",
        StatisticsKey.Workflow => "workflow_id",
        StatisticsKey.Day => "date((start_time - 621355968000000000) / 10000000, 'unixepoch')",
        _ => throw new ArgumentOutOfRangeException(nameof(key), key, null),
    };

    private static SpanGroup Count(Dictionary<(string?, string?, string?), SpanGroup> groups, StatisticsQuery query, SqliteDataReader row)
    {
        var key = (row.GetText(0), query.By.Count == 2 ? row.GetText(1) : null, row.GetText(2));
        if (!groups.TryGetValue(key, out var group))
        {
            groups.Add(key, group = new SpanGroup());
        }
        group.Add(row);
        return group;
    }

    private static string?[] KeyOf((string?, string?, string?) key, StatisticsQuery query) =>
        query.By.Count == 1 ? [key.Item1] : [key.Item1, key.Item2];

    private static IOrderedEnumerable<SpanStatistics> Order(IEnumerable<SpanStatistics> groups, StatisticsQuery query)
    {
        var ordered = query.Order == StatisticsOrder.Key ? groups.OrderBy(_ => 0)
            : query.Ascending ? groups.OrderBy(group => Measure(group, query.Order))
            : groups.OrderByDescending(group => Measure(group, query.Order));
        return ordered
            .ThenBy(group => group.Group[0], StringComparer.Ordinal)
            .ThenBy(group => group.Group[^1], StringComparer.Ordinal)
            .ThenBy(group => group.Type, StringComparer.Ordinal);
    }

    private static IComparable Measure(SpanStatistics group, StatisticsOrder order) => order switch
    {
        StatisticsOrder.Calls => group.Calls,
        StatisticsOrder.AvgDuration => group.AvgDurationMs,
        StatisticsOrder.P50Duration => group.P50DurationMs,
        StatisticsOrder.P95Duration => group.P95DurationMs,
        StatisticsOrder.MaxDuration => group.MaxDurationMs,
        StatisticsOrder.Errors => group.Errors,
        StatisticsOrder.LastCalled => group.LastCalledAt,
        StatisticsOrder.Cost => group.CostUsd ?? 0,
        _ => throw new ArgumentOutOfRangeException(nameof(order), order, null),
    };

    /// <summary>The spans of one group.</summary>
    private sealed class SpanGroup
    {
        private readonly List<long> _durations = [];
        private long _sum;
        private long _first = long.MaxValue;
        private long _last;
        private long _errors;
        private RunUsage _usage = RunUsage.None;
        private decimal? _cost;
        private long _unpriced;

        public void Add(SqliteDataReader row)
        {
            var (start, end) = (row.GetInt64(3), row.GetInt64(4));
            _durations.Add(end - start);
            _sum += end - start;
            _first = Math.Min(_first, start);
            _last = Math.Max(_last, start);
            _errors += row.GetInt64(5);
            var (input, output) = (row.GetInt64(6), row.GetInt64(7));
            if (input + output > 0)
            {
                _usage += new RunUsage(input, output, row.GetInt64(8), row.GetInt64(9)) { CacheWriteTokens = row.GetInt64(10) };
            }
            if (!row.IsDBNull(11))
            {
                _cost = (_cost ?? 0) + (decimal)row.GetDouble(11);
            }
            _unpriced += row.GetInt64(12);
        }

        public SpanStatistics ToStatistics(string?[] key, string? type)
        {
            _durations.Sort();
            return new SpanStatistics(key)
            {
                Type = type,
                Calls = _durations.Count,
                AvgDurationMs = TimeSpan.FromTicks(_sum).TotalMilliseconds / _durations.Count,
                P50DurationMs = Percentile(50),
                P95DurationMs = Percentile(95),
                MaxDurationMs = Percentile(100),
                Errors = _errors,
                FirstCalledAt = Ticks.ToTime(_first),
                LastCalledAt = Ticks.ToTime(_last),
                Usage = _usage,
                CostUsd = _cost,
                UnpricedCalls = _unpriced,
            };
        }

        // Nearest rank: the smallest duration that this percentage of all do not exceed.
        private double Percentile(int percent) =>
            TimeSpan.FromTicks(_durations[(int)((((long)percent * _durations.Count) + 99) / 100) - 1]).TotalMilliseconds;
    }
}
