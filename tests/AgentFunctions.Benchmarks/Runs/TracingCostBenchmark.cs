// `tracing`: runs per second with tracing on, against the same server with tracing off.
using System.CommandLine;
using System.Diagnostics;
using System.Net.Http.Json;
using AgentFunctions.Benchmarks.Measure;

namespace AgentFunctions.Benchmarks.Runs;

internal static class TracingCostBenchmark
{
    private const int Concurrent = 16;

    public static Command Command()
    {
        var runs = new Option<int>("--runs") { Description = "Runs a round", DefaultValueFactory = _ => 400 };
        var rounds = new Option<int>("--rounds") { Description = "Rounds that count", DefaultValueFactory = _ => 7 };
        var command = new Command("tracing", "Runs per second of a two-step agent with one tool call: tracing on against tracing off.");
        command.Options.Add(runs);
        command.Options.Add(rounds);
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(runs), parsed.GetValue(rounds)));
        return command;
    }

    private static async Task<int> RunAsync(int runs, int rounds)
    {
        Report.Machine();
        using var onFolder = new Workspace();
        using var offFolder = new Workspace();
        using var on = await AppServer.StartAsync(onFolder.Path, Agents(tracing: true));
        using var off = await AppServer.StartAsync(offFolder.Path, Agents(tracing: false));
        var pair = await Pair.MeasureAsync(
            "runs/s", rounds,
            ("tracing on", () => ThroughputAsync(on, runs)),
            ("tracing off", () => ThroughputAsync(off, runs)));
        Report.Pair($"Run throughput, {Concurrent} at a time", pair, "aim: ratio at least 0.97");
        return 0;
    }

    private static async Task<double> ThroughputAsync(AppServer server, int runs)
    {
        var clock = Stopwatch.StartNew();
        await Parallel.ForAsync(0, runs, new ParallelOptions { MaxDegreeOfParallelism = Concurrent }, async (_, cancellation) =>
        {
            using var answer = await server.Http.PostAsJsonAsync("api/v1/agents/weather/run", new { input = "in Oslo" }, cancellation);
            if (answer.StatusCode != System.Net.HttpStatusCode.OK)
                throw new InvalidOperationException($"A run was answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(cancellation)}");
        });
        return runs / clock.Elapsed.TotalSeconds;
    }

    private static string Agents(bool tracing) => $$"""
        observability: { tracing: {{(tracing ? "true" : "false")}} }
        models:
          script:
            provider: scripted
            script:
              - after_tool: get_weather
                say: "It is {result.temperature} degrees."
              - when: \bin (?<city>\w+)
                call: [ { tool: get_weather, arguments: { city: "{city}" } } ]
        agents:
          - { name: weather, model: script, prompt: You answer questions about the weather., tools: [get_weather] }
        """;
}
