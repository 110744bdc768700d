// `tail`: how long after one instance wrote a run's first token another instance, which follows the run, has it.
using System.CommandLine;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Benchmarks.Measure;
using AgentFunctions.Benchmarks.Spans;
using AgentFunctions.Runs;
using AgentFunctions.Storage;
using Azure.Data.Tables;

namespace AgentFunctions.Benchmarks.Runs;

internal static class TailBenchmark
{
    public static Command Command()
    {
        var runs = new Option<int>("--runs") { Description = "Runs to follow", DefaultValueFactory = _ => 100 };
        var together = new Option<int>("--together") { Description = "Runs at a time", DefaultValueFactory = _ => 10 };
        var command = new Command("tail", "From the write of a first token on one instance to its delivery on another, on Azurite (needs Azurite).");
        command.Options.Add(runs);
        command.Options.Add(together);
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(runs), parsed.GetValue(together)));
        return command;
    }

    private static async Task<int> RunAsync(int runs, int together)
    {
        Report.Machine();
        using var azurite = await Azurite.StartAsync();
        var prefix = $"B{RandomNumberGenerator.GetHexString(12)}";
        var (writer, reader) = (await OpenAsync(azurite, prefix), await OpenAsync(azurite, prefix));
        var feed = new RunEventFeed(reader, new RunSignals(), TimeProvider.System);
        var delays = new List<double>();
        foreach (var some in Enumerable.Range(0, runs).Chunk(together))
            delays.AddRange(await Task.WhenAll(some.Select(n => MeasureAsync(writer, feed, $"run_{n}"))));
        Report.Percentiles("First token across instances", [new Series("written to delivered", "ms", delays)], "aim: p95 at most 300 ms");
        return 0;
    }

    /// <summary>The reader follows from the beginning; the model takes one to five seconds to its first token.</summary>
    private static async Task<double> MeasureAsync(TableRunStore writer, RunEventFeed feed, string runId)
    {
        await writer.CreateAsync(Run(runId), [Event(RunEventTypes.RunStart)], []);
        var delivered = DeliveryAsync(feed, runId);
        await Task.Delay(1_000 + RandomNumberGenerator.GetInt32(4_000));
        await writer.AppendEventsAsync(runId, [Event(RunEventTypes.Token)]);
        var written = Stopwatch.GetTimestamp();
        return Math.Max(0, Stopwatch.GetElapsedTime(written, await delivered).TotalMilliseconds);
    }

    private static async Task<long> DeliveryAsync(RunEventFeed feed, string runId)
    {
        await foreach (var next in feed.ReadAsync(runId, after: 0))
        {
            if (next.Type == RunEventTypes.Token)
                return Stopwatch.GetTimestamp();
        }

        throw new InvalidOperationException($"Run {runId} ended without a token.");
    }

    private static async Task<TableRunStore> OpenAsync(Azurite azurite, string prefix)
    {
        var tables = new AgentTables(new TableServiceClient(azurite.ConnectionString), prefix);
        await tables.CreateAsync();
        return new TableRunStore(tables, new GuidIdSource(TimeProvider.System), new WriteConflicts(TimeProvider.System, () => 0.5));
    }

    private static NewRunEvent Event(string type) => new(type, new JsonObject(), TimeProvider.System.GetUtcNow());

    private static RunRecord Run(string id) => new()
    {
        RunId = id,
        AgentId = "weather",
        DefinitionHash = "hash",
        SessionId = "session of " + id,
        Input = "How is the weather?",
        Model = "gpt-4o-mini",
        Status = RunStatus.Running,
        TraceId = "0af7651916cd43dd8448eb211c80319c",
        CreatedAt = TimeProvider.System.GetUtcNow(),
    };
}
