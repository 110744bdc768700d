// Limits of tools, over the running executable with a tool server that counts.
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.Fakes;
using AgentFunctions.Tests.Metrics;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class ToolLimitTests : IAsyncLifetime
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly TempFolder _folder = new();
    private FakeHttpTool _tool = null!;
    private AppProcess _app = null!;

    public async Task InitializeAsync()
    {
        _tool = await FakeHttpTool.StartNewAsync();
        var config = _folder.Write("agents.yaml", $$"""
            tools:
              - { name: work, http: { method: GET, url: "{{_tool.Address}}/work/{n}" }, parameters: { type: object, properties: { n: { type: integer } }, required: [n] } }
              - { name: flaky, http: { method: GET, url: "{{_tool.Address}}/flaky" }, circuit_breaker: { failures: 2, open_for: 1h } }
              - { name: metered, http: { method: POST, url: "{{_tool.Address}}/metered" }, rate_limit: { calls: 1, per: 1h }, timeout_seconds: 1 }
            models:
              script:
                provider: scripted
                script:
                  - { after_tool: work, say: done }
                  - { after_tool: flaky, say: "{result}" }
                  - { after_tool: metered, say: "{result}" }
                  - when: "^work$"
                    call: [{{string.Join(", ", Enumerable.Range(1, 5).Select(n => $"{{ tool: work, arguments: {{ n: {n} }} }}"))}}]
                  - { when: "^flaky$", call: [{ tool: flaky }] }
                  - { when: "^metered$", call: [{ tool: metered }] }
            agents:
              - { name: worker, model: script, prompt: Work., tools: [work, flaky, metered], max_parallel_tools: 2 }
            """);
        _app = await AppProcess.StartAsync(Path.Combine(_folder.Path, "data"), config);
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        await _tool.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Of_the_calls_of_a_step_no_more_run_at_the_same_time_than_the_agent_allows()
    {
        var go = new TaskCompletionSource();
        for (var n = 1; n <= 5; n++)
            _tool.Hold($"/work/{n}", go.Task);

        var run = RunAsync("work");
        await Task.WhenAll(_tool.Called("/work/1"), _tool.Called("/work/2")).WaitAsync(_patience);
        // A whole run of another kind leaves a third call time enough to arrive.
        await RunAsync("flaky");
        Assert.Equal(2, _tool.Requests.Count(r => r.Path.StartsWith("/work/", StringComparison.Ordinal)));
        go.SetResult();

        Assert.Equal("done", (string?)(await run)["content"]);
        Assert.Equal(5, _tool.Requests.Count(r => r.Path.StartsWith("/work/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_tool_that_keeps_failing_is_left_alone_and_the_metrics_say_so()
    {
        _tool.Status = 500;
        await RunAsync("flaky");
        await RunAsync("flaky");

        var third = JsonNode.Parse((string)(await RunAsync("flaky"))["content"]!)!;

        Assert.Equal("circuit_open", (string?)third["error"]);
        Assert.Equal(2, _tool.Calls("/flaky"));
        var metrics = MetricsText.Parse(await _app.Http.GetStringAsync("/metrics"));
        Assert.Equal(1, metrics.Sum("agentfunctions_tool_circuit_open", ("gen_ai_tool_name", "flaky")));
        Assert.Equal(1, metrics.Sum("agentfunctions_tool_refused_total", ("gen_ai_tool_name", "flaky"), ("error_type", "circuit_open")));
    }

    [Fact]
    public async Task A_call_over_the_rate_is_told_to_the_model_with_the_time_when_it_can_be_made()
    {
        await RunAsync("metered");

        var second = JsonNode.Parse((string)(await RunAsync("metered"))["content"]!)!;

        Assert.Equal("rate_limited", (string?)second["error"]);
        Assert.Matches(@"can be called again in \d+(\.\d+)? s", (string?)second["message"]);
        Assert.Equal(1, _tool.Calls("/metered"));
    }

    private async Task<JsonObject> RunAsync(string input)
    {
        using var response = await _app.Http.PostAsJsonAsync("/api/v1/agents/worker/run", new { input });
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }
}
