// Prints results as tables, under a line that says what was measured on.
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using AgentFunctions.Embedded.Sqlite;
using Spectre.Console;

namespace AgentFunctions.Benchmarks.Measure;

internal static class Report
{
    public static void Machine()
    {
        Console.WriteLine($"{Processor()}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, {SqliteNative.Load()}");
        if (IsDebugBuild())
            Console.WriteLine("warning: this is a Debug build; measure with `dotnet run -c Release`.");
    }

    public static void Pair(string title, Pair pair, string aim)
    {
        var table = new Table().Title(title).AddColumns("", "median", "min", "max");
        foreach (var series in new[] { pair.Ours, pair.Baseline, pair.Ratio })
            table.AddRow(Markup.Escape(series.Name), Text(series.Median, series.Unit), Text(series.Values.Min(), series.Unit), Text(series.Values.Max(), series.Unit));
        Write(table.Caption(aim));
    }

    public static void Percentiles(string title, IEnumerable<Series> all, string caption)
    {
        var table = new Table().Title(title).AddColumns("", "p50", "p95", "max", "n");
        foreach (var series in all)
            table.AddRow(
                Markup.Escape(series.Name), Text(series.Median, series.Unit), Text(series.Percentile(95), series.Unit), Text(series.Values.Max(), series.Unit),
                series.Values.Count.ToString(CultureInfo.InvariantCulture));
        Write(table.Caption(caption));
    }

    public static string Text(double value, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{(Math.Abs(value) >= 100 ? $"{value:N0}" : $"{value:0.###}")} {unit}").TrimEnd();

    private static void Write(Table table)
    {
        AnsiConsole.WriteLine();
        AnsiConsole.Write(table.Border(TableBorder.Simple));
    }

    private static bool IsDebugBuild() =>
        typeof(Report).Assembly.GetCustomAttributes(typeof(DebuggableAttribute), false).OfType<DebuggableAttribute>().Any(d => d.IsJITOptimizerDisabled);

    private static string Processor()
    {
        const string Key = "model name";
        var line = File.Exists("/proc/cpuinfo") ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith(Key, StringComparison.Ordinal)) : null;
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':') + 1)..].Trim();
    }
}
