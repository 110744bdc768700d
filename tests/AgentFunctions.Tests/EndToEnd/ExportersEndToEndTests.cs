// Exporters through the running executable: what hangs delays nobody, and a stop sends what waits.
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.Telemetry;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class ExportersEndToEndTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Runs_end_and_are_stored_while_an_endpoint_hangs()
    {
        await using var receiver = await OtlpReceiver.StartAsync(hangs: true);
        await using var app = await StartAsync($"endpoint: \"{receiver.Address}\", batch: {{ max_export_batch_size: 1, schedule_delay_ms: 1 }}");

        await RunAsync(app);
        await receiver.NextAsync(); // and stays unanswered
        var second = await RunAsync(app);

        Assert.Equal("completed", (string?)second["status"]);
        var trace = (await app.Http.GetFromJsonAsync<JsonObject>($"/api/v1/runs/{second["run_id"]}/trace"))!;
        Assert.Equal(2, (int)trace["total_spans"]!);
        await receiver.DisposeAsync();
    }

    [Fact]
    public async Task A_stop_sends_what_waits_in_the_exporters_queue()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var app = await StartAsync($"endpoint: \"{receiver.Address}\", batch: {{ schedule_delay_ms: 3600000 }}");
        await RunAsync(app);

        Assert.Equal(0, await app.TerminateAsync());

        Assert.Equal(2, receiver.Received.Count);
    }

    private async Task<AppProcess> StartAsync(string exporter) => await AppProcess.StartAsync(Path.Combine(_folder.Path, "data"), _folder.Write("agents.yaml", $$"""
        observability:
          exporters: [{ name: back-end, type: otlp, protocol: http/protobuf, {{exporter}} }]
        models: { m: { provider: scripted, script: [{ say: hi }] } }
        agents: [{ name: a, model: m, prompt: p }]
        """));

    private static async Task<JsonObject> RunAsync(AppProcess app)
    {
        using var response = await app.Http.PostAsJsonAsync("/api/v1/agents/a/run", new { input = "hi" });
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }
}
