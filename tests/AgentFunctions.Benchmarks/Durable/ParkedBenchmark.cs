// `parked`: what a hundred thousand waiting runs cost: memory, the time to wake one, and the time to start with them.
using System.CommandLine;
using System.Diagnostics;
using AgentFunctions.Benchmarks.Measure;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using static AgentFunctions.Benchmarks.Measure.FigureCommand;

namespace AgentFunctions.Benchmarks.Durable;

internal static class ParkedBenchmark
{
    private const int WarmUp = 2_000;
    private const int Clients = 256;

    private static readonly Option<int> s_runs = Number("--runs", "Runs to park", 100_000);
    private static readonly Option<int> s_wakes = Number("--wakes", "Runs to wake", 200);
    private static readonly Option<int> s_starts = Number("--starts", "Starts that count", 5);

    public static Command Command() => Create(
        "parked", "Runs that wait for an external event: memory a run, time to wake one, start-up with all of them in the database.",
        [s_runs, s_wakes, s_starts],
        (parsed, folder) => MeasureAsync(parsed.GetValue(s_runs), parsed.GetValue(s_wakes), parsed.GetValue(s_starts), folder));

    public static async Task<Measured> MeasureAsync(int runs, int wakes, int starts, string? parent)
    {
        using var folder = new Workspace(parent);
        using var empty = new Workspace(parent);
        var bare = await BareMemoryAsync(runs);
        List<Figure> figures = [];
        await using (var app = await StartAsync(folder, new Wakes()))
            figures.Add(await MemoryAsync(app, runs, bare));
        figures.Add(await WakesAsync(folder, parent, runs, wakes));
        var startup = await Pair.MeasureAsync("s", starts, ("with them", () => StartupAsync(folder)), ("empty", () => StartupAsync(empty)));
        figures.Add(new Figure(
            "Start-up of the engine with them in the database", startup.Ours.Median, "s", $"start-up with none, {Report.Text(startup.Baseline.Median, "s")}",
            startup.Ratio.Median, "at most 2 s", startup.Ours.Median <= 2));
        return new Measured($"{runs:N0} parked runs", figures);
    }

    private static Task<EngineApp> StartAsync(Workspace folder, Wakes wakes) => EngineApp.StartAsync(folder.Path, typeof(ParkedRuns), wakes);

    private static async Task<double> StartupAsync(Workspace folder)
    {
        await using var app = await StartAsync(folder, new Wakes());
        return app.Startup.TotalSeconds;
    }

    private static async Task<Figure> MemoryAsync(EngineApp app, int runs, double bare)
    {
        await ParkAsync(app.Client, 0, WarmUp);
        var before = Memory();
        await ParkAsync(app.Client, WarmUp, runs);
        var bytes = (Memory() - before) / (double)(runs - WarmUp);
        return new Figure(
            "Memory of a parked run", bytes, "bytes", $"an async method that waits, {Report.Text(bare, "bytes")}", bytes / bare, "at most 1,024 bytes", bytes <= 1024);
    }

    private static async Task ParkAsync(DurableTaskClient client, int from, int to)
    {
        const int Part = 20_000;
        for (; from < to; from += Part)
        {
            await Parallel.ForAsync(from, Math.Min(to, from + Part), new ParallelOptions { MaxDegreeOfParallelism = Clients }, async (n, cancellation) =>
            {
                await client.ScheduleNewOrchestrationInstanceAsync(nameof(ParkedRuns.Park), new StartOrchestrationOptions(IdOf(n)), cancellation);
                await client.WaitForInstanceStartAsync(IdOf(n), cancellation); // its first episode goes as far as the wait
            });
            Console.WriteLine($"{Math.Min(to, from + Part):N0} parked");
        }
    }

    private static async Task<Figure> WakesAsync(Workspace folder, string? parent, int runs, int count)
    {
        var wakes = new Wakes();
        await using var app = await StartAsync(folder, wakes);
        using var bareFolder = new Workspace(parent);
        using var bare = new BareSteps(bareFolder.Path, LoopContent.Load());
        var n = 0;
        var pair = await Pair.MeasureAsync(
            "ms", count,
            ("from the event to the activity", () => WakeAsync(app.Client, wakes, IdOf((int)(n++ * 7919L % runs)))),
            ("one bare durable transaction", () => Task.FromResult(CommitTime(bare))));
        return new Figure(
            "Waking one: from the client's event to its next activity, p50", pair.Ours.Median, "ms",
            $"one bare durable transaction, {Report.Text(pair.Baseline.Median, "ms")}", pair.Ratio.Median, "at most 5 ms", pair.Ours.Median <= 5);
    }

    private static async Task<double> WakeAsync(DurableTaskClient client, Wakes wakes, string instanceId)
    {
        var awake = wakes.Expect(instanceId);
        var begin = Stopwatch.GetTimestamp();
        await client.RaiseEventAsync(instanceId, ParkedRuns.Event, "now");
        return Stopwatch.GetElapsedTime(begin, await awake).TotalMilliseconds;
    }

    private static double CommitTime(BareSteps bare)
    {
        var begin = Stopwatch.GetTimestamp();
        bare.Commit(runs: 1);
        return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
    }

    /// <summary>Bytes of a paused async method with its id in a dictionary: the least that a run kept in memory takes.</summary>
    private static async Task<double> BareMemoryAsync(int runs)
    {
        var before = Memory();
        var waiting = new Dictionary<string, TaskCompletionSource>();
        var paused = new List<Task>();
        for (var n = 0; n < runs; n++)
        {
            var source = waiting[IdOf(n)] = new TaskCompletionSource();
            paused.Add(PauseAsync(source));
        }

        var bytes = (Memory() - before) / (double)runs;
        foreach (var source in waiting.Values)
            source.SetResult();
        await Task.WhenAll(paused);
        return bytes;
    }

    private static async Task PauseAsync(TaskCompletionSource source) => await source.Task;

    /// <summary>What the process holds of the machine's memory when everything collectable is collected.</summary>
    private static long Memory()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return Environment.WorkingSet;
    }

    private static string IdOf(int n) => $"parked-{n:000000}";
}
