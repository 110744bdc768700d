// `limit`: the engine's durable steps per second against bare transactions of the same bytes.
using System.CommandLine;
using AgentFunctions.Benchmarks.Measure;

namespace AgentFunctions.Benchmarks.Durable;

internal static class LimitBenchmark
{
    private const double Aim = 0.5;

    public static Command Command() => FigureCommand.Create(
        "limit", "Durable steps per second of the engine against bare SQLite transactions of the same bytes, synchronous=FULL.",
        AgentLoopBenchmark.PlanOptions,
        async (parsed, folder) => Of(await LoopLevel.MeasureAsync(AgentLoopBenchmark.PlanOf(parsed, folder))));

    public static Measured Of(IEnumerable<LoopLevel> levels) => new("Limit", [.. levels.Select(level => new Figure(
        $"Durable steps per second, {level.Concurrency} at once", level.RunsPerSecond * AgentLoop.Steps, "steps/s",
        $"limit, {Report.Text(level.LimitStepsPerSecond!.Value, "steps/s")}", level.RatioToLimit, $"ratio at least {Aim}", level.RatioToLimit >= Aim))]);
}
