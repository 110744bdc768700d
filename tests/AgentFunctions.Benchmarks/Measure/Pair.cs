// Two ways to do the same work, measured in alternating rounds so that a noisy moment hits both.
namespace AgentFunctions.Benchmarks.Measure;

/// <summary>What one side of a comparison measured, one value a round.</summary>
internal sealed record Series(string Name, string Unit, IReadOnlyList<double> Values)
{
    public double Median => Percentile(50);

    /// <summary>By nearest rank: a value that was measured.</summary>
    public double Percentile(double percent)
    {
        var sorted = Values.Order().ToList();
        return sorted[Math.Max(0, (int)Math.Ceiling(percent / 100 * sorted.Count) - 1)];
    }
}

/// <summary>Ours against the baseline, round by round.</summary>
internal sealed record Pair(Series Ours, Series Baseline)
{
    /// <summary>The median over the rounds of ours divided by the baseline of the same round.</summary>
    public Series Ratio => new("ratio", "", [.. Ours.Values.Zip(Baseline.Values, (ours, bare) => ours / bare)]);

    /// <summary>Alternates after one round that is not counted; who begins changes with every round.</summary>
    public static async Task<Pair> MeasureAsync(
        string unit, int rounds, (string Name, Func<Task<double>> Run) ours, (string Name, Func<Task<double>> Run) baseline)
    {
        var (mine, bare) = (new List<double>(), new List<double>());
        for (var round = 0; round <= rounds; round++)
        {
            var (a, b) = round % 2 == 0 ? (await ours.Run(), await baseline.Run()) : Swap(await baseline.Run(), await ours.Run());
            if (round == 0)
                continue;
            mine.Add(a);
            bare.Add(b);
        }

        return new Pair(new Series(ours.Name, unit, mine), new Series(baseline.Name, unit, bare));
    }

    private static (double, double) Swap(double first, double second) => (second, first);
}
