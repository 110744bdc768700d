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

    public static Measured Of(LoopPlan plan, IReadOnlyList<LoopLevel> levels, IReadOnlyList<LoopLevel>? whole) => new("Agent loop", [], new
    {
        Engine = "agentfunctions-embedded",
        Version = typeof(SqliteDatabase).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion,
        Settings = $"{SqliteNative.Load()}, WAL, synchronous=FULL, in process, host.json as shipped, {plan.Rounds} rounds of {plan.Window.TotalSeconds:0} s",
        Levels = levels,
        WholeAgent = whole,
    })
    {
        Grid = new Grid(
            ["Runs at once", "Runs/s", "Ratio to the limit", "A run, p50", "p99", "From step to step, p50", "p99"],
            [.. levels.Select(level => RowOf("", level)), .. (whole ?? []).Select(level => RowOf(", whole agent", level))]),
    };

    private static IReadOnlyList<string> RowOf(string what, LoopLevel level) =>
    [
        $"{level.Concurrency}{what}", Report.Text(level.RunsPerSecond, ""), level.RatioToLimit is { } ratio ? Report.Text(ratio, "") : "",
        Report.Text(level.P50Ms, "ms"), Report.Text(level.P99Ms, "ms"),
        level.GapP50Ms is { } p50 ? Report.Text(p50, "ms") : "", level.GapP99Ms is { } p99 ? Report.Text(p99, "ms") : "",
    ];
}
