// The loop through the whole product: a scripted agent, started over HTTP, with spans, events and messages written.
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AgentFunctions.Benchmarks.Durable;
using AgentFunctions.Benchmarks.Measure;

namespace AgentFunctions.Benchmarks.Runs;

internal static class WholeAgent
{
    // Five tool calls, each asked for by a model call, as in the loop, and the answer that ends the run.
    private const int ToolCalls = AgentLoop.Steps / 2;
    private const int Steps = (2 * ToolCalls) + 1;

    // The runtime compiles what runs often once more, in the background: before that a run takes twice the processor time.
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(20);

    public static async Task<List<LoopLevel>> MeasureAsync(LoopPlan plan)
    {
        using var folder = new Workspace(plan.Folder);
        using var server = await AppServer.StartAsync(folder.Path, Agents(LoopContent.Load()));
        await RunAsync(server, concurrency: 8, s_warmUp);
        var levels = new List<LoopLevel>();
        foreach (var concurrency in plan.Levels)
        {
            var rounds = new List<LoopWindow>();
            for (var round = 0; round < plan.Rounds; round++)
                rounds.Add(await RunAsync(server, concurrency, plan.Window));
            levels.Add(LoopLevel.Of(concurrency, Steps, rounds));
        }

        return levels;
    }

    private static async Task<LoopWindow> RunAsync(AppServer server, int concurrency, TimeSpan duration)
    {
        var runs = new ConcurrentBag<double>();
        var window = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, concurrency).Select(async _ =>
        {
            while (window.Elapsed < duration)
                runs.Add(await RunOneAsync(server.Http));
        }));
        return new LoopWindow(window.Elapsed.TotalSeconds, [.. runs], []);
    }

    private static async Task<double> RunOneAsync(HttpClient server)
    {
        var begin = Stopwatch.GetTimestamp();
        using var answer = await server.PostAsJsonAsync("api/v1/agents/loop/run?wait=200", new { input = "in Oslo" });
        using var run = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync());
        return answer.StatusCode == HttpStatusCode.OK && run.RootElement.GetProperty("steps").GetInt32() == ToolCalls + 1
            ? Stopwatch.GetElapsedTime(begin).TotalMilliseconds
            : throw new InvalidOperationException($"A run was answered {(int)answer.StatusCode}: {run.RootElement}");
    }

    private static string Agents(LoopContent content) => $$"""
        models:
          script:
            provider: scripted
            script:
              - { step: {{ToolCalls + 1}}, say: Done. }
              - say: {{JsonSerializer.Serialize(content.Model)}}
                call: [ { tool: get_weather, arguments: { city: Oslo } } ]
        agents:
          - { name: loop, model: script, prompt: You answer questions about the weather., tools: [get_weather], max_steps: {{Steps}} }
        """;
}
