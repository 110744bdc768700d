// `history-size`: bytes stored for runs of a hundred steps, divided by the bytes that their activities were given and gave.
using System.CommandLine;
using System.Text.Json;
using AgentFunctions.Benchmarks.Measure;
using AgentFunctions.Embedded.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Benchmarks.Durable;

internal static class HistorySizeBenchmark
{
    private const int Steps = 100;
    private const double Aim = 1.5;

    private static readonly Option<int> s_runs = FigureCommand.Number("--runs", $"Runs of {Steps} steps", 50);

    public static Command Command() => FigureCommand.Create(
        "history-size", $"Bytes of the history of runs of {Steps} steps, against the bytes of their activities' inputs and results.",
        [s_runs], (parsed, folder) => MeasureAsync(parsed.GetValue(s_runs), folder));

    public static async Task<Measured> MeasureAsync(int runs, string? parent)
    {
        var content = LoopContent.Load();
        using var folder = new Workspace(parent);
        await using (await EngineApp.StartAsync(folder.Path, typeof(AgentLoop), content, new StepClock()))
        {
        }

        var empty = FileSize(folder.Path);
        await using (var app = await EngineApp.StartAsync(folder.Path, typeof(AgentLoop), content, new StepClock()))
            await Task.WhenAll(Enumerable.Range(0, runs).Select(_ => RunAsync(app.Client)));
        var written = (double)runs * Enumerable.Range(0, Steps).Sum(step => BytesOf(step) + BytesOf(content.Of(step)));
        var anchor = $"inputs and results, {Report.Text(written / runs, "bytes")}";
        return new Measured("History size", [
            FigureOf($"History of a run of {Steps} steps", HistoryBytes(folder.Path) / runs, written / runs, anchor),
            FigureOf($"Growth of the database file by a run of {Steps} steps", (double)(FileSize(folder.Path) - empty) / runs, written / runs, anchor),
        ]);
    }

    private static async Task RunAsync(DurableTaskClient client)
    {
        var id = await client.ScheduleNewOrchestrationInstanceAsync(nameof(AgentLoop.RunLoop), Steps);
        var end = await client.WaitForInstanceCompletionAsync(id);
        if (end.RuntimeStatus != OrchestrationRuntimeStatus.Completed)
            throw new InvalidOperationException($"A run ended as {end.RuntimeStatus}.");
    }

    private static Figure FigureOf(string name, double bytes, double content, string anchor) =>
        new(name, bytes, "bytes", anchor, bytes / content, $"ratio at most {Aim}", bytes / content <= Aim);

    private static int BytesOf<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value).Length;

    // The app is closed, so that what was in the write-ahead log is in the file.
    private static long FileSize(string folder) => new DirectoryInfo(folder).EnumerateFiles("state.db*").Sum(file => file.Length);

    /// <summary>Of every text and blob of the table, whatever its columns are.</summary>
    private static double HistoryBytes(string folder)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = EngineApp.PathOf(folder), Pooling = false }.ToString());
        connection.Open();
        var columns = connection.Query("SELECT name FROM pragma_table_info('history') WHERE type IN ('TEXT', 'BLOB')", row => row.GetString(0));
        var lengths = columns.Select(column => $"coalesce(length(CAST({column} AS BLOB)), 0)");
        return connection.QueryOnce($"SELECT sum({string.Join(" + ", lengths)}) FROM history", row => row.GetInt64(0)).Single();
    }
}
