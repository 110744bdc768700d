// A run that waits for a person, on a clock that the test moves.
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Local.Storage;
using AgentFunctions.Runs;
using AgentFunctions.Tests.EndToEnd;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Fakes;
using AgentFunctions.Tests.Worker;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tests.Runs;

public sealed class ParkedRunTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly FakeTime _time = new();
    private FakeHttpTool _tool = null!;
    private FunctionsHost _host = null!;

    public async Task InitializeAsync()
    {
        _tool = await FakeHttpTool.StartNewAsync();
        _folder.Write("agents.yaml", $$"""
            models:
              payer: { provider: scripted, script: [ { after_tool: pay, say: paid }, { call: [ { tool: pay, arguments: { amount: 500 } } ] } ] }
            tools:
              - name: pay
                parameters: { type: object, properties: { amount: { type: integer } }, required: [amount] }
                http: { method: POST, url: "{{_tool.Address}}/pay" }
                approval: required
            agents:
              - { name: payer, model: payer, prompt: Pay., tools: [pay] }
            """);
        var builder = FunctionsHost.Builder(
            [.. typeof(RunStarter).Assembly.GetTypes().Where(type => type.GetMethods().Any(method => method.IsDefined(typeof(FunctionAttribute), inherit: false)))]);
        builder.Services.AddSingleton<TimeProvider>(_time);
        builder.Services.AddAgentFunctions(builder.Configuration, _folder.Path).AddSqliteStores(_folder.Path);
        builder.Services.AddSingleton<IRunHistory, Local.EngineRunHistory>();
        _host = await FunctionsHost.StartAsync(builder);
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _tool.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task R_AP_1_a_million_seconds_of_waiting_cost_the_run_nothing()
    {
        using var started = await _host.Client.PostAsJsonAsync("/api/v1/agents/payer/run?wait=60", new { input = "Pay 500." });
        var run = (await started.Content.ReadFromJsonAsync<JsonObject>())!;
        var runId = (string)run["run_id"]!;
        Assert.Equal("paused", (string?)run["status"]);
        var before = await HistoryAsync(runId);

        for (var day = 0; day < 12; day++)
            _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(before, await HistoryAsync(runId));

        using var resolved = await _host.Client.PostAsJsonAsync($"/api/v1/approvals/{run["approvals"]![0]}/resolve", new { status = "approved", resolved_by = "a-person" });
        resolved.EnsureSuccessStatusCode();
        await SseClient.ReadAsync(_host.Client, SseClient.Resume(runId, []), []).WaitAsync(FunctionsHost.Patience);
        Assert.Equal("paid", (string?)(await _host.Client.GetFromJsonAsync<JsonObject>($"/api/v1/runs/{runId}"))!["content"]);
        Assert.Equal(1, _tool.Calls("/pay"));
    }

    private async Task<string?> HistoryAsync(string runId) => (await _host.Services.GetRequiredService<IRunHistory>().GetAsync(
        _host.Services.GetRequiredService<DurableTaskClient>(), runId, CancellationToken.None))?.ToJsonString();
}
