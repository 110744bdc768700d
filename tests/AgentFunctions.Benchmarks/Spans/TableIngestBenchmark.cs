// `ingest-tables`: spans per second into Azurite through the whole pipeline, against bare batches of the same rows.
using System.CommandLine;
using System.Diagnostics;
using System.Security.Cryptography;
using AgentFunctions.Agents;
using AgentFunctions.Benchmarks.Measure;
using AgentFunctions.Storage;
using AgentFunctions.Traces;
using Azure.Data.Tables;

namespace AgentFunctions.Benchmarks.Spans;

internal static class TableIngestBenchmark
{
    private const int Steps = 25;
    private const int MaxBatch = 100;

    public static Command Command()
    {
        var spans = new Option<int>("--spans") { Description = "Spans a round", DefaultValueFactory = _ => 5_000 };
        var rounds = new Option<int>("--rounds") { Description = "Rounds that count", DefaultValueFactory = _ => 5 };
        var command = new Command("ingest-tables", "Spans per second into Azurite: the whole pipeline against bare batches (needs Azurite).");
        command.Options.Add(spans);
        command.Options.Add(rounds);
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(spans), parsed.GetValue(rounds)));
        return command;
    }

    private static async Task<int> RunAsync(int spans, int rounds)
    {
        Report.Machine();
        using var azurite = await Azurite.StartAsync();
        var service = new TableServiceClient(azurite.ConnectionString);
        var sample = new SampleRuns(DateTimeOffset.UnixEpoch.AddYears(56), TimeSpan.FromSeconds(1), Steps);
        List<SampleRun> runs = [.. sample.Take(0, spans / sample.SpansPerRun)];
        var records = await RecordsOfAsync(runs);
        var pair = await Pair.MeasureAsync(
            "spans/s", rounds,
            ("whole pipeline", () => PipelineAsync(service, runs, records.Count)),
            ("bare batches", () => BareBatchesAsync(service, records)));
        Report.Pair("Ingest into Azurite", pair, "aim: ratio at least 0.8");
        return 0;
    }

    private static async Task<double> PipelineAsync(TableServiceClient service, IReadOnlyList<SampleRun> runs, int spans)
    {
        using var folder = new Workspace();
        var tables = new TraceTables(service, NewPrefix());
        await tables.CreateAsync();
        await using var pipeline = await SpanPipeline.StartAsync(folder.Path, new TableTraceStore(tables, new WriteConflicts(TimeProvider.System, () => 0.5), TimeProvider.System));
        var clock = Stopwatch.StartNew();
        await pipeline.FeedAsync(runs);
        return spans / clock.Elapsed.TotalSeconds;
    }

    /// <summary>One entity group transaction for each hundred spans of a trace: the least that anybody has to send.</summary>
    private static async Task<double> BareBatchesAsync(TableServiceClient service, IReadOnlyList<SpanRecord> records)
    {
        var table = service.GetTableClient(NewPrefix() + "Bare");
        await table.CreateIfNotExistsAsync();
        var clock = Stopwatch.StartNew();
        foreach (var trace in records.GroupBy(record => record.TraceId))
        {
            foreach (var batch in trace.Chunk(MaxBatch))
                await table.SubmitTransactionAsync(batch.Select(ToAction));
        }

        return records.Count / clock.Elapsed.TotalSeconds;
    }

    private static TableTransactionAction ToAction(SpanRecord span) => new(
        TableTransactionActionType.UpsertReplace,
        new TableEntity(span.TraceId, span.SpanId) { ["StartTime"] = span.StartTime.UtcTicks, ["Text"] = AgentJson.Serialize(span) });

    private static async Task<IReadOnlyList<SpanRecord>> RecordsOfAsync(IReadOnlyList<SampleRun> runs)
    {
        using var folder = new Workspace();
        await using var pipeline = await SpanPipeline.StartAsync(folder.Path);
        await pipeline.FeedAsync(runs);
        var records = new List<SpanRecord>();
        foreach (var sample in runs)
            records.AddRange(await pipeline.Store.GetTraceAsync(sample.Run.TraceId, int.MaxValue));
        return records;
    }

    private static string NewPrefix() => $"B{RandomNumberGenerator.GetHexString(12)}";
}
