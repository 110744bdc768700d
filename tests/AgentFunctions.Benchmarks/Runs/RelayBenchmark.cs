// `relay`: what a client waits for a streamed answer through a durable run, against a bare proxy of the same model stream.
using System.CommandLine;
using System.Diagnostics;
using System.Net.Http.Json;
using AgentFunctions.Benchmarks.Measure;

namespace AgentFunctions.Benchmarks.Runs;

internal static class RelayBenchmark
{
    public static Command Command()
    {
        var pace = new Option<double>("--pace-ms") { Description = "Milliseconds between the model's chunks", DefaultValueFactory = _ => 10 };
        var rounds = new Option<int>("--rounds") { Description = "Streams that count", DefaultValueFactory = _ => 20 };
        var command = new Command("relay", $"A stream of {PacedModel.Chunks} chunks of {PacedModel.ChunkBytes} bytes: a durable run against a bare proxy.");
        command.Options.Add(pace);
        command.Options.Add(rounds);
        command.SetAction((parsed, _) => RunAsync(TimeSpan.FromMilliseconds(parsed.GetValue(pace)), parsed.GetValue(rounds)));
        return command;
    }

    private static async Task<int> RunAsync(TimeSpan pace, int rounds)
    {
        Report.Machine();
        using var folder = new Workspace();
        await using var model = await PacedModel.StartAsync(pace);
        using var server = await AppServer.StartAsync(folder.Path, Agents(model.Address));
        using var plain = new HttpClient();
        var first = new List<(double Ours, double Bare)>();
        var total = await Pair.MeasureAsync(
            "ms", rounds,
            ("durable run", () => OursAsync(server.Http, first)),
            ("bare proxy", () => BareAsync(plain, model.ProxyAddress, first)));
        Report.Pair($"Whole stream, a chunk every {pace.TotalMilliseconds:0.#} ms", total, "aim: ratio at most 1.2");
        Report.Pair("First token", FirstTokens(first), "added time: the difference of the two");
        return 0;
    }

    // The first two measurements are the round that does not count.
    private static Pair FirstTokens(List<(double Ours, double Bare)> first) => new(
        new Series("durable run", "ms", [.. first.Select(f => f.Ours).Where(double.IsFinite).Skip(1)]),
        new Series("bare proxy", "ms", [.. first.Select(f => f.Bare).Where(double.IsFinite).Skip(1)]));

    private static async Task<double> OursAsync(HttpClient server, List<(double, double)> first)
    {
        var (firstToken, end) = await ReadAsync(server, "api/v1/agents/relay/run/stream", new { input = "go" }, "event: token", "event: complete");
        first.Add((firstToken, double.NaN));
        return end;
    }

    private static async Task<double> BareAsync(HttpClient client, string address, List<(double, double)> first)
    {
        var (firstToken, end) = await ReadAsync(client, address, new { model = "bench", stream = true }, "data: {", "data: [DONE]");
        first.Add((double.NaN, firstToken));
        return end;
    }

    private static async Task<(double FirstToken, double End)> ReadAsync(HttpClient client, string address, object body, string token, string last)
    {
        var clock = Stopwatch.StartNew();
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = JsonContent.Create(body) };
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var firstToken = double.NaN;
        var (tokens, ended) = (0, false);
        while (await lines.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(token, StringComparison.Ordinal) && tokens++ == 0)
                firstToken = clock.Elapsed.TotalMilliseconds;
            ended |= line.StartsWith(last, StringComparison.Ordinal);
        }

        return tokens >= PacedModel.Chunks && ended
            ? (firstToken, clock.Elapsed.TotalMilliseconds)
            : throw new InvalidOperationException($"The stream had {tokens} tokens and {(ended ? "an" : "no")} end.");
    }

    private static string Agents(string model) => $$"""
        models:
          bench: { provider: openai, base_url: "{{model}}", api_key: none, model: bench }
        agents:
          - { name: relay, model: bench, prompt: Answer. }
        """;
}
