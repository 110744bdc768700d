// Prints results as tables, under a line that says what was measured on.
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using AgentFunctions.Embedded.Sqlite;
using Spectre.Console;

namespace AgentFunctions.Benchmarks.Measure;

internal static class Report
{
    // Read before the first measurement: afterwards it is our own.
    private static readonly string s_load = File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    public static void Machine()
    {
        Console.WriteLine(MachineLine());
        if (IsDebugBuild())
            Console.WriteLine("warning: this is a Debug build; measure with `dotnet run -c Release`.");
    }

    /// <summary>What is measured on, and whether the machine had other work when this program began.</summary>
    public static string MachineLine() =>
        $"{Processor()}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, {SqliteNative.Load()}, load {s_load}";

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

    public static void Figures(Measured measured)
    {
        var table = new Table().Title(measured.Benchmark).AddColumns([.. measured.Grid.Columns]);
        foreach (var row in measured.Grid.Rows)
            table.AddRow([.. row.Select(Markup.Escape)]);
        Write(table);
    }

    /// <summary>Durable writes on a file system in memory cost nothing, so the figures would mean nothing.</summary>
    public static void Disk(string? folder)
    {
        var path = Path.GetFullPath(folder ?? Path.GetTempPath());
        var format = new DriveInfo(path).DriveFormat;
        Console.WriteLine($"{format} at {path}");
        if (format is "tmpfs" or "ramfs")
            Console.WriteLine("warning: that is memory, not a disk; name a folder on a disk with --folder.");
    }

    public static string Text(double value, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{(Math.Abs(value) >= 100 ? $"{value:N0}" : $"{value:0.###}")} {unit}").TrimEnd();

    private static void Write(Table table)
    {
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 160; // a file has no width, so Spectre takes 80 columns
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
