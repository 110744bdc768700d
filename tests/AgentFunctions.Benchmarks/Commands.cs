// All that can be measured.
using System.CommandLine;
using AgentFunctions.Benchmarks.Durable;
using AgentFunctions.Benchmarks.Runs;
using AgentFunctions.Benchmarks.Spans;
using AgentFunctions.Benchmarks.Start;

namespace AgentFunctions.Benchmarks;

internal static class Commands
{
    public static Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Measures AgentFunctions against bare baselines, side by side in one run. Build it with -c Release.");
        root.Subcommands.Add(IngestBenchmark.Command());
        root.Subcommands.Add(TableIngestBenchmark.Command());
        root.Subcommands.Add(QueryBenchmark.Command());
        root.Subcommands.Add(TracingCostBenchmark.Command());
        root.Subcommands.Add(RelayBenchmark.Command());
        root.Subcommands.Add(TailBenchmark.Command());
        root.Subcommands.Add(AgentLoopBenchmark.Command());
        root.Subcommands.Add(LimitBenchmark.Command());
        root.Subcommands.Add(HistorySizeBenchmark.Command());
        root.Subcommands.Add(ParkedBenchmark.Command());
        root.Subcommands.Add(ColdStartBenchmark.Command());
        root.Subcommands.Add(PerformanceReport.Command());
        return root.Parse(args).InvokeAsync();
    }
}
