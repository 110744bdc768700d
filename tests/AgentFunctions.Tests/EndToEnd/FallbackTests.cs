// Fallback chains over HTTP: who answers, what the trace and the costs say, and what a kill leaves.
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.Fakes;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class FallbackTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private FakeOpenAI _first = null!;
    private FakeAnthropic _second = null!;
    private FakeHttpTool _tool = null!;
    private AppProcess? _app;
    private string _config = "";

    private HttpClient Http => _app!.Http;

    public async Task InitializeAsync()
    {
        _first = await FakeOpenAI.StartNewAsync();
        _second = await FakeAnthropic.StartNewAsync();
        _tool = await FakeHttpTool.StartNewAsync();
        _config = _folder.Write("agents.yaml", $$"""
            models:
              main: { provider: openai, base_url: "{{_first.BaseUrl}}", api_key: none, model: main-model, max_retries: 1, timeout_seconds: 5, fallback: spare }
              spare: { provider: anthropic, base_url: "{{_second.BaseUrl}}", api_key: none, model: spare-model, max_retries: 0 }
              unpriced: { provider: openai, base_url: "{{_first.BaseUrl}}", api_key: none, model: nobody-knows }
              plain: { provider: openai, base_url: "{{_first.BaseUrl}}", api_key: none, model: main-model, max_retries: 0 }
            prices:
              openai/main-model: { input: 1, output: 1 }
              anthropic/spare-model: { input: 1000, output: 1000 }
            tools:
              - name: look
                description: Looks.
                parameters: { type: object, properties: {} }
                http: { method: GET, url: "{{_tool.Address}}/look" }
            agents:
              - { name: chained, model: main, prompt: Help., tools: [look] }
              - { name: half_priced, model: plain, fallback_models: [unpriced], prompt: Help. }
              - { name: own_chain, model: plain, fallback_models: [spare], prompt: Help. }
            """);
        _app = await StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _app!.DisposeAsync();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
        await _tool.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task When_the_attempts_of_a_model_are_used_up_the_next_one_answers_and_every_attempt_is_in_the_trace()
    {
        _first.Respond = _ => Down();
        _second.Enqueue(FakeAnthropic.Answer("spare", " answer"));

        var run = await RunAsync("chained");

        Assert.Equal(("completed", "spare answer"), ((string?)run["status"], (string?)run["content"]));
        Assert.Equal(("main-model", "spare-model"), ((string?)run["model"], (string?)run["answered_by"]));
        Assert.Equal(2, _first.Requests.Count);
        var chats = await ChatsAsync(run);
        Assert.Equal(["chat main-model", "chat main-model", "chat spare-model"], chats.Select(c => (string?)c!["name"]));
        Assert.Equal(["error", "error", "ok"], chats.Select(c => (string?)c!["status"]));
        Assert.Equal([1, 2, 3], chats.Select(c => (int)c!["attributes"]!["agentfunctions.attempt"]!));
        var last = chats[2]!["attributes"]!;
        Assert.Equal(("anthropic", "spare-model", 1), ((string?)last["gen_ai.provider.name"], (string?)last["gen_ai.request.model"], (int)last["agentfunctions.model.fallback"]!));
    }

    [Fact]
    public async Task A_fallbacks_call_has_its_own_price()
    {
        _first.Respond = _ => Down();
        _second.Enqueue(FakeAnthropic.Answer("spare"));

        var run = await RunAsync("chained");

        var calls = (await GetAsync($"/api/v1/runs/{run["run_id"]}/costs"))["calls"]!.AsArray();
        Assert.Equal(["main-model", "main-model", "spare-model"], calls.Select(c => (string?)c!["model"]));
        Assert.Equal("anthropic/spare-model", (string?)calls[2]!["price"]!["key"]);
        // 20 tokens of prompt, cache included, and 15 of the answer, at 1000 dollars for a million.
        Assert.Equal(0.035m, (decimal)run["cost_usd"]!);
    }

    [Fact]
    public async Task Later_steps_stay_with_the_model_that_took_over()
    {
        _first.Respond = _ => Down();
        _second.Enqueue(FakeAnthropic.Call("toolu_1", "look", "{}"), FakeAnthropic.Answer("seen"));

        var run = await RunAsync("chained");

        Assert.Equal("seen", (string?)run["content"]);
        Assert.Equal((2, 2, 1), (_first.Requests.Count, _second.Requests.Count, _tool.Calls("/look")));
    }

    [Fact]
    public async Task A_conversation_that_one_model_began_goes_on_with_another_of_another_provider()
    {
        _first.Enqueue(FakeOpenAI.Call("functions.look:0", "look", "{}"), Down(), Down());
        _second.Enqueue(FakeAnthropic.Answer("done"));

        var run = await RunAsync("chained");

        Assert.Equal(("done", 2), ((string?)run["content"], (int)run["steps"]!));
        Assert.Equal(
            "functions_look_0",
            _second.Requests.Last().Json.GetProperty("messages")[2].GetProperty("content")[0].GetProperty("tool_use_id").GetString());
    }

    [Theory]
    [InlineData(400, "INVALID_INPUT")]
    [InlineData(401, "INVALID_CONFIG")]
    public async Task What_is_no_fault_of_the_provider_does_not_fall_back(int status, string code)
    {
        _first.Enqueue(FakeReply.Error(status, """{"error":{"message":"no"}}"""));

        var run = await RunAsync("chained");

        Assert.Equal(code, (string?)run["error"]!["code"]);
        Assert.Empty(_second.Requests);
    }

    [Fact]
    public async Task A_used_up_quota_falls_back_at_once_to_the_agents_own_chain()
    {
        _first.Enqueue(FakeReply.Error(429, """{"error":{"message":"quota","type":"insufficient_quota"}}"""));
        _second.Enqueue(FakeAnthropic.Answer("spare"));

        var run = await RunAsync("own_chain");

        Assert.Equal("spare", (string?)run["content"]);
        Assert.Single(_first.Requests);
    }

    [Fact]
    public async Task When_the_whole_chain_fails_the_run_ends_with_the_last_error()
    {
        _first.Respond = _ => Down();
        _second.Enqueue(FakeReply.Error(529, """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"""));

        var run = await RunAsync("chained");

        Assert.Equal("API_ERROR", (string?)run["error"]!["code"]);
        Assert.Equal("spare", (string?)run["error"]!["details"]!["model"]);
        Assert.Null(run["answered_by"]);
    }

    [Fact]
    public async Task A_dollar_budget_needs_the_price_of_every_model_of_the_chain()
    {
        using var response = await Http.PostAsJsonAsync("/api/v1/agents/half_priced/run", new { input = "hi", budget = new { cost_usd = 1 } });

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("openai/nobody-knows", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("first")]
    [InlineData("second")]
    public async Task A_kill_while_a_model_of_the_chain_answers_loses_nothing_and_begins_no_chain_anew(string boundary)
    {
        var killed = false;
        async Task KillOnceAsync()
        {
            if (killed)
                return;
            killed = true;
            await _app!.KillAsync();
        }

        _first.Respond = _ => boundary == "first" && !killed ? FakeReply.Stream().Send(FakeOpenAI.Role()).Then(KillOnceAsync) : Down();
        _second.Respond = _ => boundary == "second" ? FakeAnthropic.Answer("spare").Then(KillOnceAsync) : FakeAnthropic.Answer("spare");

        var frames = new List<SseFrame>();
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/agents/chained/run/stream") { Content = JsonContent.Create(new { input = "hi" }) };
        while (!await SseClient.ReadAsync(Http, request, frames))
        {
            await _app!.WaitForExitAsync();
            await _app.DisposeAsync();
            _app = await StartAsync();
            request = SseClient.Resume((string)frames[0].Data["run_id"]!, frames);
        }

        Assert.True(killed);
        Assert.Equal(("complete", "spare", "spare-model"), (frames[^1].Type, (string?)frames[^1].Data["output"], (string?)frames[^1].Data["model"]));
        Assert.Equal(boundary == "first" ? 3 : 2, _first.Requests.Count);
        Assert.InRange(_second.Requests.Count, 1, boundary == "first" ? 1 : 2);
        var run = await GetAsync($"/api/v1/runs/{frames[0].Data["run_id"]}");
        Assert.Equal(["chat main-model", "chat main-model", "chat spare-model"], (await ChatsAsync(run)).Select(c => (string?)c!["name"]));
    }

    private static FakeReply Down() => FakeReply.Error(503, """{"error":{"message":"overloaded"}}""").Header("Retry-After", "0");

    private Task<AppProcess> StartAsync() => AppProcess.StartAsync(Path.Combine(_folder.Path, "data"), _config);

    private async Task<JsonArray> ChatsAsync(JsonObject run) =>
        (await GetAsync($"/api/v1/runs/{run["run_id"]}/trace"))["tree"]![0]!["children"]!.AsArray();

    private async Task<JsonObject> RunAsync(string agent)
    {
        using var response = await Http.PostAsJsonAsync($"/api/v1/agents/{agent}/run", new { input = "hi" });
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private async Task<JsonObject> GetAsync(string path) => (await Http.GetFromJsonAsync<JsonObject>(path))!;
}
