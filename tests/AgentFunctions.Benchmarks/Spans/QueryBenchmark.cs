// `queries`: how long lists, trees and statistics take in a large SQLite trace store. The store is generated first, or kept.
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using AgentFunctions.Benchmarks.Measure;
using AgentFunctions.Runs;
using AgentFunctions.Traces;

namespace AgentFunctions.Benchmarks.Spans;

internal static class QueryBenchmark
{
    private const int Steps = 10;
    private const int JoinedRuns = 50;
    private const int LongRunSteps = 500;
    private const int Days = 90;
    private static readonly DateTimeOffset s_begin = DateTimeOffset.UnixEpoch.AddYears(56);

    public static Command Command()
    {
        var traces = new Option<int>("--traces") { Description = "Traces of 20 spans each", DefaultValueFactory = _ => 500_000 };
        var repeats = new Option<int>("--repeats") { Description = "Times that each query runs", DefaultValueFactory = _ => 100 };
        var folder = new Option<string?>("--folder") { Description = "Where to make the store, and to keep it for the next time [default: a temporary folder]" };
        var command = new Command("queries", "Latency of lists, trees and statistics over 10 million spans in SQLite, and the file's size.");
        command.Options.Add(traces);
        command.Options.Add(repeats);
        command.Options.Add(folder);
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(traces), parsed.GetValue(repeats), parsed.GetValue(folder)));
        return command;
    }

    private static async Task<int> RunAsync(int traces, int repeats, string? folder)
    {
        Report.Machine();
        using var workspace = folder is null ? new Workspace() : null;
        var path = folder is null ? workspace!.Path : Directory.CreateDirectory(folder).FullName;
        await using var pipeline = await SpanPipeline.StartAsync(path);
        var scene = new Scene(pipeline, traces);
        await scene.GenerateAsync();
        Console.WriteLine($"{scene.Spans:N0} spans in {traces + 2:N0} traces over {Days} days; {FileSize(path) / 1e9:0.00} GB, {FileSize(path) / (double)scene.Spans:0} bytes a span");
        Report.Percentiles("Trace lists, 50 a page", await scene.ListsAsync(repeats), "aim: p95 at most 20 ms");
        Report.Percentiles("Span lists, 50 a page", await scene.SpanListsAsync(repeats), "aim: p95 at most 20 ms");
        Report.Percentiles("One trace", await scene.TreesAsync(repeats), "aim: p95 at most 10 ms for 1,000 spans");
        Report.Percentiles("Statistics", await scene.StatisticsAsync(Math.Max(3, repeats / 5)), "aim: p95 at most 300 ms for a day");
        return 0;
    }

    private static long FileSize(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles("traces.db*").Sum(file => file.Length);

    /// <summary>A store of many traces, one of 1,000 spans among them, and the questions asked of it.</summary>
    private sealed class Scene(SpanPipeline pipeline, int traces)
    {
        private readonly SampleRuns _sample = new(s_begin, TimeSpan.FromDays(Days) / traces, Steps);
        private readonly SampleRuns _joined = new(s_begin.AddDays(Days), TimeSpan.FromSeconds(1), Steps, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        // Old, so that its spans of a hundred kilobytes are not what every first page shows.
        private readonly SampleRuns _long = new(s_begin.AddDays(-Days), TimeSpan.FromSeconds(1), LongRunSteps);

        public long Spans => (long)traces * _sample.SpansPerRun + JoinedRuns * _joined.SpansPerRun + _long.SpansPerRun;

        private ITraceQueries Queries => pipeline.Queries;

        private string JoinedTrace => _joined.Run(traces).TraceId;

        private string LongTrace => _long.Run(LongRun).TraceId;

        private int LongRun => traces + JoinedRuns;

        /// <summary>Makes what the store lacks.</summary>
        public async Task GenerateAsync()
        {
            var clock = Stopwatch.StartNew();
            if (!await HasAsync(_sample.Run(traces - 1).TraceId))
            {
                await pipeline.FeedAsync(_sample.Take(0, traces), done => Progress(done, clock));
                Console.WriteLine($"generated in {clock.Elapsed.TotalMinutes:0.0} minutes: {traces * _sample.SpansPerRun / clock.Elapsed.TotalSeconds:N0} spans/s");
            }

            if (!await HasAsync(JoinedTrace))
                await pipeline.FeedAsync(_joined.Take(traces, JoinedRuns));
            if (!await HasAsync(LongTrace))
                await pipeline.FeedAsync(_long.Take(LongRun, 1));
        }

        public async Task<List<Series>> ListsAsync(int repeats)
        {
            var day = s_begin.AddDays(Days / 2);
            var kinds = new (string Name, Func<int, TraceQuery> Query)[]
            {
                ("no filter", _ => new()),
                ("run_id", n => new() { RunId = Run(n).RunId }),
                ("session_id", n => new() { SessionId = Run(n).SessionId }),
                ("user_id", n => new() { UserId = Run(n).UserId }),
                ("agent_id", n => new() { AgentId = Run(n).AgentId }),
                ("status=error", _ => new() { Status = "error" }),
                ("name", n => new() { Name = $"invoke_agent {Run(n).AgentId}" }),
                ("min_duration", _ => new() { MinDuration = TimeSpan.FromMinutes(5) }),
                ("from and to, one hour", n => new() { From = day.AddHours(n % 24), To = day.AddHours((n % 24) + 1) }),
                ("agent_id and status=error", n => new() { AgentId = Run(n).AgentId, Status = "error" }),
                ("user_id and one day", n => new() { UserId = Run(n).UserId, From = day, To = day.AddDays(1) }),
                ("user_id and agent_id, no match", n => new() { UserId = Run(n).UserId, AgentId = "agent-none" }),
                ("team_id, no match", _ => new() { TeamId = "team-none" }),
            };
            var all = new List<Series>();
            foreach (var (name, query) in kinds)
            {
                all.Add(await TimeAsync(name, repeats, n => Queries.ListTracesAsync(query(n))));
                if (await DeepCursorAsync(query(0)) is { } cursor)
                    all.Add(await TimeAsync($"{name}, page 20", repeats, n => Queries.ListTracesAsync(query(0) with { Cursor = cursor })));
            }

            return all;
        }

        public async Task<List<Series>> SpanListsAsync(int repeats) =>
        [
            await TimeAsync("no filter", repeats, _ => Queries.ListSpansAsync(new())),
            await TimeAsync("type=TOOL", repeats, _ => Queries.ListSpansAsync(new() { Type = "TOOL" })),
            await TimeAsync("name", repeats, _ => Queries.ListSpansAsync(new() { Name = "execute_tool get_weather" })),
            await TimeAsync("status=error", repeats, _ => Queries.ListSpansAsync(new() { Status = "error" })),
            await TimeAsync("session_id", repeats, n => Queries.ListSpansAsync(new() { SessionId = Run(n).SessionId })),
            await TimeAsync("model", repeats, n => Queries.ListSpansAsync(new() { Model = Run(n).Model })),
            await TimeAsync("run_id", repeats, n => Queries.ListSpansAsync(new() { RunId = Run(n).RunId })),
        ];

        public async Task<List<Series>> TreesAsync(int repeats) =>
        [
            await TimeAsync("tree of 20 spans", repeats, async n => Tree(Run(n).TraceId, await pipeline.Store.GetTraceAsync(Run(n).TraceId, int.MaxValue))),
            await TimeAsync("tree of 1,000 spans, 50 runs", repeats, async _ => Tree(JoinedTrace, await pipeline.Store.GetTraceAsync(JoinedTrace, int.MaxValue))),
            await TimeAsync("tree of 1,000 spans, 1 conversation", repeats, async _ => Tree(LongTrace, await pipeline.Store.GetTraceAsync(LongTrace, int.MaxValue))),
            await TimeAsync("summary row", repeats, n => Queries.GetSummaryAsync(Run(n).TraceId)),
        ];

        public async Task<List<Series>> StatisticsAsync(int repeats) =>
        [
            await StatisticsAsync("a day of spans by name, first read", repeats, StatisticsKey.Name),
            await StatisticsAsync("a day of spans by name, again", repeats, StatisticsKey.Name),
            await StatisticsAsync("a day of spans by agent", repeats, StatisticsKey.Agent),
            await StatisticsAsync("a day of spans by model", repeats, StatisticsKey.Model),
            await StatisticsAsync("a day of spans by user", repeats, StatisticsKey.User),
            await StatisticsAsync("a day of spans by day and model", repeats, StatisticsKey.Day, StatisticsKey.Model),
        ];

        private async Task<bool> HasAsync(string trace) => await Queries.GetSummaryAsync(trace) is not null;

        private Task<Series> StatisticsAsync(string name, int repeats, params StatisticsKey[] by) => TimeAsync(name, repeats, n =>
        {
            var from = s_begin.AddDays(n % (Days - 1));
            return Queries.GetStatisticsAsync(new StatisticsQuery { By = by, From = from, To = from.AddDays(1) });
        });

        private RunRecord Run(int n) => _sample.Run((int)(n * 7_919L % traces));

        private static TraceTree Tree(string id, IReadOnlyList<SpanRecord> spans) => TraceTree.Build(id, spans);

        private async Task<string?> DeepCursorAsync(TraceQuery query)
        {
            string? cursor = null;
            for (var page = 1; page < 20; page++)
            {
                cursor = (await Queries.ListTracesAsync(query with { Cursor = cursor })).NextCursor;
                if (cursor is null)
                    return null;
            }

            return cursor;
        }

        private static async Task<Series> TimeAsync<T>(string name, int repeats, Func<int, Task<T>> query)
        {
            await query(0);
            var times = new List<double>();
            for (var n = 1; n <= repeats; n++)
            {
                var clock = Stopwatch.StartNew();
                await query(n);
                times.Add(clock.Elapsed.TotalMilliseconds);
            }

            return new Series(name, "ms", times);
        }

        private void Progress(int done, Stopwatch clock)
        {
            var share = (double)done / traces;
            var left = share > 0 ? clock.Elapsed * ((1 - share) / share) : TimeSpan.Zero;
            Console.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\rgenerating {share:P0}, {left.TotalMinutes:0.0} minutes left   "));
        }
    }
}
