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
              - { name: work, http: { method: GET, url: "{{_tool.Address}}/jobs/{n}" }, parameters: { type: object, properties: { n: { type: integer } }, required: [n] } }
              - { name: flaky, http: { method: GET, url: "{{_tool.Address}}/flaky" }, circuit_breaker: { failures: 2, open_for: 1h } }
              - { name: metered, http: { method: POST, url: "{{_tool.Address}}/metered" }, rate_limit: { calls: 1, per: 1h }, timeout_seconds: 1 }
              - { name: ask, http: { method: POST, url: "{{_tool.Address}}/ask" }, parameters: {}, approval: required }
              - { name: lapse, http: { method: POST, url: "{{_tool.Address}}/lapse" }, parameters: {}, approval: { expires_after: 1s, on_expiry: fail } }
            models:
              lapsing: { provider: scripted, script: [ { call: [{ tool: ask }, { tool: lapse }, { tool: work, arguments: { n: 7 } }, { tool: work, arguments: { n: 8 } }, { tool: work, arguments: { n: 9 } }] } ] }
              asking:
                provider: scripted
                script:
                  - { after_tool: work, say: done }
                  - { call: [{ tool: ask }, { tool: work, arguments: { n: 6 } }] }
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
              - { name: asker, model: asking, prompt: Ask., tools: [ask, work], max_parallel_tools: 1 }
              - { name: lapser, model: lapsing, prompt: Ask., tools: [ask, lapse, work], max_parallel_tools: 1 }
              - { name: orderly, model: asking, prompt: Ask., tools: [ask, work], parallel_tools: false }
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
            _tool.Hold($"/jobs/{n}", go.Task);

        var run = RunAsync("work");
        await Task.WhenAll(_tool.Called("/jobs/1"), _tool.Called("/jobs/2")).WaitAsync(_patience);
        // A whole run of another kind leaves a third call time enough to arrive.
        await RunAsync("flaky");
        Assert.Equal(2, _tool.Requests.Count(r => r.Path.StartsWith("/jobs/", StringComparison.Ordinal)));
        go.SetResult();

        Assert.Equal("done", (string?)(await run)["content"]);
        Assert.Equal(5, _tool.Requests.Count(r => r.Path.StartsWith("/jobs/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_call_that_waits_for_a_person_leaves_its_place_to_another()
    {
        var go = new TaskCompletionSource();
        _tool.Hold("/jobs/6", go.Task);
        var run = RunAsync("hi", "asker");

        await _tool.Called("/jobs/6").WaitAsync(_patience);
        await ApproveAsync();
        // A whole run of another kind leaves the approved call time enough to arrive, if it did not wait for a place.
        await RunAsync("flaky");
        Assert.Equal(0, _tool.Calls("/ask"));
        go.SetResult();

        await _tool.Called("/ask").WaitAsync(_patience);
        await SseClient.ReadAsync(_app.Http, SseClient.Resume((string)(await run)["run_id"]!, []), []).WaitAsync(_patience);
        Assert.Equal((1, 1), (_tool.Calls("/ask"), _tool.Calls("/jobs/6")));
    }

    [Fact]
    public async Task A_call_that_still_waits_when_another_ends_the_run_gets_its_place_again()
    {
        var go = new TaskCompletionSource();
        _tool.Hold("/jobs/7", go.Task);
        var runId = (string)(await RunAsync("hi", "lapser", "?wait=0"))["run_id"]!;
        await FirstAsync("approvals?status=expired", _ => true);
        go.SetResult();
        await FirstAsync($"runs/{runId}/messages", message => message.ToJsonString().Contains("approval_expired", StringComparison.Ordinal));

        await ApproveAsync();

        await _tool.Called("/ask").WaitAsync(_patience);
        await SseClient.ReadAsync(_app.Http, SseClient.Resume(runId, []), []).WaitAsync(_patience);
        Assert.Equal("APPROVAL_EXPIRED", (string?)(await _app.Http.GetFromJsonAsync<JsonObject>($"/api/v1/runs/{runId}"))!["error"]!["code"]);
    }

    [Fact]
    public async Task Where_calls_go_one_after_the_other_none_overtakes_one_that_waits_for_a_person()
    {
        var run = RunAsync("hi", "orderly");

        await PendingAsync();
        await RunAsync("flaky");
        Assert.Equal(0, _tool.Calls("/jobs/6"));
        await ApproveAsync();

        await SseClient.ReadAsync(_app.Http, SseClient.Resume((string)(await run)["run_id"]!, []), []).WaitAsync(_patience);
        Assert.Equal(["/ask", "/jobs/6"], _tool.Requests.Select(r => r.Path).Where(path => path != "/flaky"));
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

    private async Task<JsonObject> RunAsync(string input, string agent = "worker", string query = "")
    {
        using var response = await _app.Http.PostAsJsonAsync($"/api/v1/agents/{agent}/run{query}", new { input });
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private async Task<string> PendingAsync() => (string)(await FirstAsync("approvals?status=pending", _ => true))["id"]!;

    private async Task<JsonNode> FirstAsync(string list, Func<JsonNode, bool> isMeant)
    {
        using var limit = new CancellationTokenSource(_patience);
        while (true)
        {
            var page = (await _app.Http.GetFromJsonAsync<JsonObject>($"/api/v1/{list}", limit.Token))!["data"]!.AsArray();
            if (page.FirstOrDefault(row => isMeant(row!)) is { } found)
                return found;
        }
    }

    private async Task ApproveAsync()
    {
        using var resolved = await _app.Http.PostAsJsonAsync($"/api/v1/approvals/{await PendingAsync()}/resolve", new { status = "approved" });
        resolved.EnsureSuccessStatusCode();
    }
}
