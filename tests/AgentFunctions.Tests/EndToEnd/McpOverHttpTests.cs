// Agents that use an MCP server over streamable HTTP: the server lives in the test's process, the app is the executable.
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.Fakes;
using Microsoft.AspNetCore.Http;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class McpOverHttpTests : IAsyncLifetime
{
    private static readonly Dictionary<string, string> _environment = new() { ["BANK_TOKEN"] = "sesame-open" };

    private readonly TempFolder _folder = new();
    private FakeMcpServer _bank = null!;
    private AppProcess _app = null!;
    private string _config = "";

    public async Task InitializeAsync()
    {
        _bank = await FakeMcpServer.StartNewAsync();
        _config = _folder.Write("agents.yaml", $$"""
            mcp_servers:
              - name: bank
                url: "{{_bank.Url}}"
                headers: { authorization: "Bearer ${BANK_TOKEN}" }
              - { name: vault, url: "{{_bank.Url}}", tools: [{ name: pay, approval: required }] }
            models:
              script:
                provider: scripted
                script:
            {{Rules("read")}}{{Rules("set")}}{{Rules("pay")}}
                  - { after_tool: vault_pay, say: "{result}" }
                  - { call: [{ tool: vault_pay, arguments: { amount: 1000 } }] }
            agents:
              - { name: clerk, model: script, prompt: Bank., mcp_servers: [bank, vault] }
            """);
        _app = await StartAppAsync();
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        await _bank.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_is_answered_as_json_and_as_an_event_stream(bool streams)
    {
        _bank.Streams = streams;

        Assert.Equal("""pay {"amount":3}""", (string?)(await RunAsync("pay"))["content"]);
    }

    [Fact]
    public async Task A_call_has_the_configured_headers_the_trace_and_the_idempotency_key()
    {
        var run = await RunAsync("set");

        var headers = Assert.Single(_bank.Calls).Headers;
        Assert.Equal("Bearer sesame-open", headers["authorization"]);
        Assert.StartsWith($"00-{run["trace_id"]}-", headers["traceparent"]);
        Assert.StartsWith($"{run["run_id"]}:", headers["idempotency-key"]);
    }

    [Fact]
    public async Task A_session_that_the_server_forgot_is_opened_anew_and_the_call_is_made()
    {
        await RunAsync("pay");
        _bank.Expire();

        Assert.Equal("""pay {"amount":3}""", (string?)(await RunAsync("pay"))["content"]);
    }

    [Theory]
    [InlineData("pay", 1, "outcome_unknown")]
    [InlineData("set", 2, "mcp_unavailable")]
    public async Task A_connection_that_breaks_under_a_call_is_tried_again_only_when_the_call_may_be_repeated(string tool, int calls, string error)
    {
        _bank.Refuse = http =>
        {
            http.Abort();
            return Task.CompletedTask;
        };

        var result = JsonNode.Parse((string)(await RunAsync(tool))["content"]!)!;

        Assert.Equal(error, (string?)result["error"]);
        Assert.Equal(calls, _bank.Calls.Count());
        Assert.Single(_bank.Calls.Select(call => call.Headers["idempotency-key"]).Distinct());
    }

    [Fact]
    public async Task A_server_that_refuses_is_told_to_the_model_without_the_token()
    {
        _bank.Refuse = async http =>
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            await http.Response.WriteAsync("Bearer sesame-open may not pay");
        };

        var result = JsonNode.Parse((string)(await RunAsync("pay"))["content"]!)!;

        Assert.Equal("http_403", (string?)result["error"]);
        Assert.DoesNotContain("sesame-open", result.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tool_with_approval_is_called_when_a_person_has_said_yes_and_not_before()
    {
        using var accepted = await _app.Http.PostAsJsonAsync("/api/v1/agents/clerk/run?wait=0", new { input = "vault" });
        var runId = (string)(await accepted.Content.ReadFromJsonAsync<JsonObject>())!["run_id"]!;
        var approval = await UntilAsync($"/api/v1/approvals?status=pending&run_id={runId}", list => list["data"]!.AsArray().FirstOrDefault());
        Assert.Empty(_bank.Calls);

        using var resolved = await _app.Http.PostAsJsonAsync($"/api/v1/approvals/{approval["id"]}/resolve", new { status = "approved", resolved_by = "ada" });

        Assert.True(resolved.IsSuccessStatusCode);
        var run = await UntilAsync($"/api/v1/runs/{runId}", run => (string?)run["status"] == "completed" ? run : null);
        Assert.Equal("""pay {"amount":1000}""", (string?)run["content"]);
        Assert.Single(_bank.Calls);
    }

    [Theory]
    [InlineData("pay", 1, "outcome_unknown")]
    [InlineData("set", 2, null)]
    public async Task An_app_killed_while_a_tool_runs_repeats_the_call_only_when_it_may(string tool, int calls, string? error)
    {
        _bank.Call = async (name, _) =>
        {
            if (_bank.Calls.Count() == 1)
                await _app.KillAsync();
            return FakeMcpServer.Text($"{name} done");
        };
        var frames = new List<SseFrame>();
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/agents/clerk/run/stream") { Content = JsonContent.Create(new { input = tool }) };
        Assert.False(await SseClient.ReadAsync(_app.Http, request, frames));
        await _app.WaitForExitAsync();
        await _app.DisposeAsync();

        _app = await StartAppAsync();
        Assert.True(await SseClient.ReadAsync(_app.Http, SseClient.Resume((string)frames[0].Data["run_id"]!, frames), frames));

        Assert.Equal(calls, _bank.Calls.Count());
        Assert.Single(_bank.Calls.Select(call => call.Headers["idempotency-key"]).Distinct());
        var ended = frames.Single(f => f.Type == "tool_call" && (string?)f.Data["status"] == "completed");
        Assert.Equal(error, (string?)ended.Data["error"]?["code"]);
    }

    private Task<AppProcess> StartAppAsync() => AppProcess.StartAsync(Path.Combine(_folder.Path, "data"), _config, _environment);

    private async Task<JsonObject> RunAsync(string input)
    {
        using var response = await _app.Http.PostAsJsonAsync("/api/v1/agents/clerk/run", new { input });
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private async Task<JsonNode> UntilAsync(string path, Func<JsonNode, JsonNode?> find)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            if (find((await _app.Http.GetFromJsonAsync<JsonObject>(path, limit.Token))!) is { } found)
                return found;
            await timer.WaitForNextTickAsync(limit.Token);
        }
    }

    private static string Rules(string tool) => $$"""
              - { after_tool: bank_{{tool}}, say: "{result}" }
              - { when: "^{{tool}}$", call: [{ tool: bank_{{tool}}, arguments: { amount: 3 } }] }

        """;
}
