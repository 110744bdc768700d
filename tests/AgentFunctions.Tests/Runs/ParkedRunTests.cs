// A run that waits for a person, on a clock that the test moves.
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.Fakes;

namespace AgentFunctions.Tests.Runs;

public sealed class ParkedRunTests : IAsyncLifetime
{
    private FakeHttpTool _tool = null!;
    private ClockedApp _app = null!;

    public async Task InitializeAsync()
    {
        _tool = await FakeHttpTool.StartNewAsync();
        _app = await ClockedApp.StartAsync($$"""
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
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        await _tool.DisposeAsync();
    }

    [Fact]
    public async Task R_AP_1_a_million_seconds_of_waiting_cost_the_run_nothing()
    {
        using var started = await _app.Http.PostAsJsonAsync("/api/v1/agents/payer/run?wait=60", new { input = "Pay 500." });
        var run = (await started.Content.ReadFromJsonAsync<JsonObject>())!;
        var runId = (string)run["run_id"]!;
        Assert.Equal("paused", (string?)run["status"]);
        var before = await _app.ParkedHistoryAsync(runId);

        for (var day = 0; day < 12; day++)
            _app.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(before, await _app.HistoryAsync(runId));

        await _app.ApproveAsync((string)run["approvals"]![0]!);
        Assert.Equal("paid", (string?)(await _app.EndOfAsync(runId))["content"]);
        Assert.Equal(1, _tool.Calls("/pay"));
    }
}
