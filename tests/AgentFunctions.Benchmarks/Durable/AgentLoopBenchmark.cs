// `agent-loop`: a run of ten durable steps, model and tool in turn, on the embedded engine; with --whole-agent also through the product.
using System.CommandLine;
using System.Reflection;
using AgentFunctions.Benchmarks.Measure;
using AgentFunctions.Benchmarks.Runs;
using AgentFunctions.Embedded.Sqlite;
using static AgentFunctions.Benchmarks.Measure.FigureCommand;

namespace AgentFunctions.Benchmarks.Durable;

internal static class AgentLoopBenchmark
{
    private static readonly Option<string> s_levels = new("--levels") { Description = "Runs at once, separated by commas", DefaultValueFactory = _ => "1,16,256" };
    private static readonly Option<int> s_rounds = Number("--rounds", "Rounds that count", 5);
    private static readonly Option<int> s_seconds = Number("--seconds", "Seconds a round and level", 3);
    private static readonly Option<bool> s_whole = new("--whole-agent") { Description = "Also run an agent of as many steps through the whole product" };

    /// <summary>What the command line says of the loop, here and for the limit.</summary>
    public static IReadOnlyList<Option> PlanOptions { get; } = [s_levels, s_rounds, s_seconds];

    public static Command Command() => Create(
        "agent-loop", $"Runs per second and latency of {AgentLoop.Steps} durable steps in sequence on the embedded engine, against the limit.",
        [.. PlanOptions, s_whole],
        async (parsed, folder) =>
        {
            var plan = PlanOf(parsed, folder);
            return Of(plan, await LoopLevel.MeasureAsync(plan), parsed.GetValue(s_whole) ? await WholeAgent.MeasureAsync(plan) : null);
        });

    public static LoopPlan PlanOf(ParseResult parsed, string? folder) => new(
        [.. parsed.GetValue(s_levels)!.Split(',').Select(int.Parse)], parsed.GetValue(s_rounds), TimeSpan.FromSeconds(parsed.GetValue(s_seconds)), folder);

    public static Measured Of(LoopPlan plan, IReadOnlyList<LoopLevel> levels, IReadOnlyList<LoopLevel>? whole)
    {
        var figures = levels.SelectMany(level => FiguresOf("", level)).Concat((whole ?? []).SelectMany(level => FiguresOf("whole agent, ", level)));
        return new Measured("Agent loop", [.. figures], new
        {
            Engine = "agentfunctions-embedded",
            Version = typeof(SqliteDatabase).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion,
            Settings = $"{SqliteNative.Load()}, WAL, synchronous=FULL, in process, host.json as shipped, {plan.Rounds} rounds of {plan.Window.TotalSeconds:0} s",
            Levels = levels,
            WholeAgent = whole,
        });
    }

    private static IEnumerable<Figure> FiguresOf(string what, LoopLevel level)
    {
        var at = $"{what}{level.Concurrency} at once";
        var limit = level.LimitStepsPerSecond is { } steps ? $"limit, {Report.Text(steps / AgentLoop.Steps, "runs/s")}" : null;
        yield return new Figure($"Runs per second, {at}", level.RunsPerSecond, "runs/s", limit, level.RatioToLimit, null, null);
        yield return new Figure($"A run, p50, {at}", level.P50Ms, "ms", null, null, null, null);
        yield return new Figure($"A run, p99, {at}", level.P99Ms, "ms", null, null, null, null);
        if (level.GapP50Ms is { } p50)
            yield return new Figure($"From step to step, p50, {at}", p50, "ms", null, null, null, null);
        if (level.GapP99Ms is { } p99)
            yield return new Figure($"From step to step, p99, {at}", p99, "ms", null, null, null, null);
    }
}
