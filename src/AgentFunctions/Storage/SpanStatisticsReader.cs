using AgentFunctions.Traces;

namespace AgentFunctions.Storage;

/// <summary>Statistics over slim spans: only the hours asked for are read, several at once.</summary>
internal sealed class SpanStatisticsReader(TraceLists lists)
{
    private const int ReadAtOnce = 8;

    /// <exception cref="ArgumentException">The keys are not one or two different ones.</exception>
    public async Task<IReadOnlyList<SpanStatistics>> ReadAsync(StatisticsQuery query, CancellationToken cancellationToken)
    {
        if (query.By.Count is not (1 or 2) || query.By.Distinct().Count() != query.By.Count)
        {
            throw new ArgumentException("Group by one key or by two different ones.", nameof(query));
        }
        var groups = new SpanGroups(query);
        await Parallel.ForEachAsync(
            Portions(query.From, query.To),
            new ParallelOptions { MaxDegreeOfParallelism = ReadAtOnce, CancellationToken = cancellationToken },
            async (portion, cancellation) =>
            {
                await foreach (var minute in lists.ReadMinutesAsync(TraceList.All, portion, columns: null, cancellation))
                {
                    lock (groups)
                    {
                        foreach (var span in minute.SelectMany(row => row.Spans))
                        {
                            groups.Add(span);
                        }
                    }
                }
            });
        return groups.ToStatistics();
    }

    // Whole minutes, so that no minute is in two portions.
    private static IEnumerable<(DateTimeOffset From, DateTimeOffset To)> Portions(DateTimeOffset from, DateTimeOffset to)
    {
        if (from >= to)
        {
            yield break;
        }
        var (first, last) = (Minutes(from), Minutes(to));
        var length = Math.Max(60, (last - first) / ReadAtOnce + 1);
        for (var begin = first; begin <= last; begin += length)
        {
            yield return (At(begin), At(Math.Min(begin + length - 1, last)));
        }
    }

    private static long Minutes(DateTimeOffset time) => time.UtcTicks / TimeSpan.TicksPerMinute;

    private static DateTimeOffset At(long minutes) => new(minutes * TimeSpan.TicksPerMinute, TimeSpan.Zero);
}
