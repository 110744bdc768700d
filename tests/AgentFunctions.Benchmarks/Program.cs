// Measures AgentFunctions. Each command compares it with a bare baseline in one run, since machines differ and are noisy.
using System.CommandLine;
using AgentFunctions.Benchmarks.Runs;
using AgentFunctions.Benchmarks.Spans;

var root = new RootCommand("Measures AgentFunctions against bare baselines, side by side in one run. Build it with -c Release.");
root.Subcommands.Add(IngestBenchmark.Command());
root.Subcommands.Add(TableIngestBenchmark.Command());
root.Subcommands.Add(QueryBenchmark.Command());
root.Subcommands.Add(TracingCostBenchmark.Command());
root.Subcommands.Add(RelayBenchmark.Command());
root.Subcommands.Add(TailBenchmark.Command());
return await root.Parse(args).InvokeAsync();
