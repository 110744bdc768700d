// `all`: every figure of docs/performance.md in one run, and that file's table written anew.
using System.CommandLine;
using AgentFunctions.Benchmarks.Durable;
using AgentFunctions.Benchmarks.Measure;
using AgentFunctions.Benchmarks.Runs;
using AgentFunctions.Benchmarks.Start;

namespace AgentFunctions.Benchmarks;

internal static class PerformanceReport
{
    private const string Begin = "<!-- figures -->";
    private const string End = "<!-- /figures -->";

    private static readonly Option<bool> s_quick = new("--quick") { Description = "Fewer and shorter rounds" };
    private static readonly Option<FileInfo?> s_update = new("--update") { Description = $"Write the table into this Markdown file, between {Begin} and {End}" };

    public static Command Command() => FigureCommand.Create(
        "all", "Every figure of docs/performance.md in one run.", [s_quick, s_update],
        async (parsed, folder) =>
        {
            var all = await MeasureAsync(parsed.GetValue(s_quick), folder);
            if (parsed.GetValue(s_update) is { } file)
                await UpdateAsync(file.FullName, all);
            all[..^1].ForEach(Report.Figures); // the last one is printed by the command
            return all[^1] with { Detail = all };
        });

    private static async Task<List<Measured>> MeasureAsync(bool quick, string? folder)
    {
        var plan = new LoopPlan([1, 16, 256], quick ? 3 : 5, TimeSpan.FromSeconds(quick ? 2 : 3), folder);
        var levels = await LoopLevel.MeasureAsync(plan);
        return
        [
            AgentLoopBenchmark.Of(plan, levels, await WholeAgent.MeasureAsync(plan)),
            LimitBenchmark.Of(levels),
            await HistorySizeBenchmark.MeasureAsync(runs: 50, folder),
            await ParkedBenchmark.MeasureAsync(runs: 100_000, wakes: 200, starts: quick ? 3 : 5, folder),
            await ColdStartBenchmark.MeasureAsync(quick ? 3 : 7, TimeSpan.FromSeconds(5), folder),
        ];
    }

    private static async Task UpdateAsync(string file, IEnumerable<Measured> all)
    {
        var text = await File.ReadAllTextAsync(file);
        var (begin, end) = (text.IndexOf(Begin, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        if (begin < 0 || end < begin)
            throw new InvalidOperationException($"{file} has no place for the table: put {Begin} and {End} on lines of their own.");
        await File.WriteAllTextAsync(file, text[..(begin + Begin.Length)] + "\n" + MarkdownTable.Of(all) + text[end..]);
    }
}
