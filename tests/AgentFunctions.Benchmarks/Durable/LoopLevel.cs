// One level of the loop: so many runs at once on the engine, in alternating rounds with the limit.
using AgentFunctions.Benchmarks.Measure;

namespace AgentFunctions.Benchmarks.Durable;

/// <summary>How long each level is measured.</summary>
/// <param name="Folder">Where the databases are made; null for the system's temporary folder.</param>
internal sealed record LoopPlan(IReadOnlyList<int> Levels, int Rounds, TimeSpan Window, string? Folder);

/// <summary>What a level gave. Rates are medians of the rounds, latencies are of all runs of all rounds.</summary>
/// <param name="StepP50Ms">Of a run's time divided by its steps, as the peers are measured.</param>
/// <param name="GapP50Ms">From the begin of an activity to the begin of the next; null where that cannot be seen.</param>
/// <param name="LimitStepsPerSecond">The same bytes written bare.</param>
/// <param name="RatioToLimit">Steps per second divided by the limit's, the median of the rounds.</param>
internal sealed record LoopLevel(
    int Concurrency, int Runs, double Seconds, double RunsPerSecond, double P50Ms, double P99Ms, double StepP50Ms, double StepP99Ms,
    double? GapP50Ms, double? GapP99Ms, double? LimitStepsPerSecond, double? RatioToLimit)
{
    public static LoopLevel Of(int concurrency, int steps, IReadOnlyList<LoopWindow> rounds, Pair? limit = null)
    {
        var rates = new Series("", "runs/s", [.. rounds.Select(round => round.RunsPerSecond)]);
        var runs = new Series("", "ms", [.. rounds.SelectMany(round => round.Runs)]);
        var gaps = new Series("", "ms", [.. rounds.SelectMany(round => round.Gaps)]);
        var seen = gaps.Values.Count > 0;
        return new LoopLevel(
            concurrency, runs.Values.Count, rounds.Sum(round => round.Seconds), rates.Median, runs.Median, runs.Percentile(99),
            runs.Median / steps, runs.Percentile(99) / steps, seen ? gaps.Median : null, seen ? gaps.Percentile(99) : null,
            limit?.Baseline.Median, limit?.Ratio.Median);
    }

    /// <summary>Measures the embedded engine at each level of the plan, each on a database of its own.</summary>
    public static async Task<List<LoopLevel>> MeasureAsync(LoopPlan plan)
    {
        var levels = new List<LoopLevel>();
        foreach (var concurrency in plan.Levels)
            levels.Add(await MeasureAsync(plan, concurrency));
        return levels;
    }

    private static async Task<LoopLevel> MeasureAsync(LoopPlan plan, int concurrency)
    {
        var (content, clock) = (LoopContent.Load(), new StepClock());
        using var folder = new Workspace(plan.Folder);
        await using var app = await EngineApp.StartAsync(folder.Path, typeof(AgentLoop), content, clock);
        using var bareFolder = new Workspace(plan.Folder);
        using var bare = new BareSteps(bareFolder.Path, content);
        var load = new LoopLoad(app.Client, content, clock);
        var rounds = new List<LoopWindow>();
        var pair = await Pair.MeasureAsync(
            "steps/s", plan.Rounds,
            ("engine", async () =>
            {
                rounds.Add(await load.RunAsync(concurrency, plan.Window));
                return rounds[^1].RunsPerSecond * AgentLoop.Steps;
            }
        ),
            ("limit", () => Task.FromResult(bare.Rate(concurrency, plan.Window))));
        return Of(concurrency, AgentLoop.Steps, rounds[1..], pair); // the first round warms up
    }
}
