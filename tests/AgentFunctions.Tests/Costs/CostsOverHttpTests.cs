using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Configuration;
using AgentFunctions.Tests.EndToEnd;
using AgentFunctions.Tests.Fakes;

namespace AgentFunctions.Tests.Costs;

/// <summary>Costs, unknown costs and cost budgets through the running executable.</summary>
public sealed class CostsOverHttpTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private FakeOpenAI? _openAi;
    private FakeAnthropic? _anthropic;
    private AppProcess? _app;

    private HttpClient Http => _app!.Http;

    public async Task InitializeAsync()
    {
        _openAi = await FakeOpenAI.StartNewAsync();
        _anthropic = await FakeAnthropic.StartNewAsync();
        var config = _folder.Write("agents.yaml", $$"""
            models:
              priced: { provider: openai, base_url: "{{_openAi.BaseUrl}}", api_key: k, model: gpt-priced, max_retries: 2 }
              claude: { provider: anthropic, base_url: "{{_anthropic.BaseUrl}}", api_key: k, model: claude-priced, max_retries: 1 }
              nameless: { provider: openai, base_url: "{{_openAi.BaseUrl}}", api_key: k, model: gpt-nameless }
            prices:
              openai/gpt-priced: { input: 10, cached_input: 5, output: 100 }
              anthropic/claude-priced: { input: 10, cached_input: 1, cache_write: 20, output: 100 }
            agents:
              - { name: helper, model: priced, prompt: Help., tools: [get_weather] }
              - { name: frugal, model: priced, prompt: Help., tools: [get_weather], budget: { cost_usd: 0.001 } }
              - { name: thinker, model: claude, prompt: Think. }
              - { name: stranger, model: nameless, prompt: Help. }
            """);
        _app = await AppProcess.StartAsync(Path.Combine(_folder.Path, "data"), config);
    }

    public async Task DisposeAsync()
    {
        await _app!.DisposeAsync();
        await _openAi!.DisposeAsync();
        await _anthropic!.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task R_CST_1_a_run_its_last_event_and_its_session_have_the_sum_over_the_model_calls()
    {
        _openAi!.Enqueue(FakeOpenAI.Call("c1", "get_weather", """{"city":"Oslo"}"""), FakeOpenAI.Answer("cold"));

        var frames = new List<SseFrame>();
        Assert.True(await SseClient.ReadAsync(Http, Stream("helper"), frames));

        // Each call: 12 plain, 8 cached, 5 completed tokens.
        const decimal Call = ((12 * 10m) + (8 * 5m) + (5 * 100m)) / 1_000_000;
        Assert.Equal((2 * Call, 0), Cost(frames[^1].Data));
        var runId = (string)frames[^1].Data["run_id"]!;
        var run = await GetAsync($"/api/v1/runs/{runId}");
        Assert.Equal((2 * Call, 0), Cost(run));
        Assert.Equal((2 * Call, 0), Cost(await GetAsync($"/api/v1/sessions/{run["session_id"]}")));
    }

    [Fact]
    public async Task A_call_of_an_unpriced_model_is_counted_as_unpriced_not_as_free()
    {
        _openAi!.Enqueue(FakeOpenAI.Answer("hello"));

        var run = await RunAsync("stranger");

        Assert.Equal("completed", (string?)run["status"]);
        Assert.Equal((null, 1), Cost(run));
        Assert.Equal((null, 1), Cost(await GetAsync($"/api/v1/sessions/{run["session_id"]}")));
    }

    [Fact]
    public async Task A_call_whose_usage_the_server_does_not_report_is_counted_as_unpriced()
    {
        _openAi!.Enqueue(FakeReply.Stream().Send(FakeOpenAI.Text("hello"), FakeOpenAI.Finish("stop"), FakeOpenAI.Done));

        Assert.Equal((null, 1), Cost(await RunAsync("helper")));
    }

    [Fact]
    public async Task A_failed_attempt_is_paid_as_far_as_it_was_reported_and_so_is_the_one_that_follows()
    {
        var broken = FakeReply.Stream().Send(FakeAnthropic.Start()).Send(FakeAnthropic.TextBlock(0, "half an ans"))
            .Send(FakeAnthropic.Error("overloaded_error", "busy"));
        _anthropic!.Enqueue(broken, FakeAnthropic.Answer("whole"));

        var run = await RunAsync("thinker");

        // Both prompts: 10 plain, 6 read, 4 written; 1 token of the first answer and 15 of the second.
        const decimal Prompt = (10 * 10m) + (6 * 1m) + (4 * 20m);
        Assert.Equal("whole", (string?)run["content"]);
        Assert.Equal((40, 16), ((long)run["usage"]!["prompt_tokens"]!, (long)run["usage"]!["completion_tokens"]!));
        Assert.Equal((((2 * Prompt) + (16 * 100m)) / 1_000_000, 1), Cost(run));
    }

    [Fact]
    public async Task A_refused_attempt_costs_nothing()
    {
        _openAi!.Enqueue(FakeReply.Error(429, """{"error":{"message":"slow down"}}""").Header("Retry-After", "0"), FakeOpenAI.Answer("fine"));

        Assert.Equal((0.00066m, 0), Cost(await RunAsync("helper")));
    }

    [Fact]
    public async Task A_cost_budget_stops_the_run_when_it_is_used_up()
    {
        _openAi!.Respond = request => FakeOpenAI.Call($"c{request.GetProperty("messages").GetArrayLength()}", "get_weather", """{"city":"Oslo"}""");

        var run = await RunAsync("frugal");

        Assert.Equal(("error", "budget_exceeded", "BUDGET_EXCEEDED"),
            ((string?)run["status"], (string?)run["termination_reason"], (string?)run["error"]!["code"]));
        Assert.Equal((0.00132m, 0), Cost(run));
        Assert.Equal(2, _openAi.Requests.Count);
    }

    [Theory]
    [InlineData("helper", """{"input":"hi","model":"nameless","budget":{"cost_usd":1}}""")]
    [InlineData("frugal", """{"input":"hi","model":"nameless"}""")]
    public async Task A_cost_budget_on_a_model_without_a_price_is_refused_before_anything_is_spent(string agent, string body)
    {
        using var response = await Http.PostAsync($"/api/v1/agents/{agent}/run", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var error = (await response.Content.ReadFromJsonAsync<JsonObject>())!["error"]!;
        Assert.Equal(("price_unknown", "openai/gpt-nameless"), ((string?)error["code"], (string?)error["details"]!["model"]));
        Assert.Contains("`prices` in agents.yaml", (string?)error["message"]);
        Assert.Empty(_openAi!.Requests);
    }

    [Fact]
    public async Task A_run_explains_its_cost_call_by_call_with_the_price_of_each()
    {
        _openAi!.Enqueue(FakeReply.Error(429, """{"error":{"message":"slow down"}}""").Header("Retry-After", "0"), FakeOpenAI.Answer("fine"));
        var run = await RunAsync("helper");

        var calls = (await GetAsync($"/api/v1/runs/{run["run_id"]}/costs"))["calls"]!.AsArray();

        Assert.Equal([(1, 1, 0m), (1, 2, 0.00066m)], calls.Select(c => ((int)c!["step"]!, (int)c["attempt"]!, (decimal)c["cost_usd"]!)));
        var price = calls[1]!["price"]!;
        Assert.Equal(("config", "openai/gpt-priced", BuiltInPrices.Table.Version), ((string?)price["source"], (string?)price["key"], (string?)price["version"]));
        Assert.Equal((10m, 5m, 100m), ((decimal)price["rates"]!["input"]!, (decimal)price["rates"]!["cached_input"]!, (decimal)price["rates"]!["output"]!));
    }

    [Fact]
    public async Task The_prices_in_force_are_listed_those_of_the_configuration_first()
    {
        var prices = await GetAsync("/api/v1/prices");

        Assert.Equal(BuiltInPrices.Table.Version, (string?)prices["version"]);
        Assert.Equal(("openai/gpt-priced", "config"), ((string?)prices["data"]![0]!["key"], (string?)prices["data"]![0]!["source"]));
        Assert.Contains(prices["data"]!.AsArray(), p => (string?)p!["key"] == "openai/gpt-5.4" && (long?)p["long_context"]!["above"] == 272_000);
    }

    [Fact]
    public async Task A_run_beyond_the_days_tokens_is_refused_until_midnight_also_after_a_restart()
    {
        var config = _folder.Write("limited.yaml", """
            observability: { daily_token_limit: 1 }
            models: { chat: { provider: scripted, script: [{ say: Hello. }] } }
            agents: [{ name: greeter, model: chat, prompt: Greet. }]
            """);
        await using var before = await AppProcess.StartAsync(Path.Combine(_folder.Path, "limited"), config);
        using var first = await before.Http.PostAsJsonAsync("/api/v1/agents/greeter/run", new { input = "hi" });
        await before.TerminateAsync();
        await using var after = await AppProcess.StartAsync(Path.Combine(_folder.Path, "limited"), config);
        using var second = await after.Http.PostAsJsonAsync("/api/v1/agents/greeter/run", new { input = "hi" });

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.TooManyRequests), (first.StatusCode, second.StatusCode));
        Assert.Equal("daily_token_limit_reached", (string?)(await second.Content.ReadFromJsonAsync<JsonObject>())!["error"]!["code"]);
        Assert.InRange(second.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
    }

    private static HttpRequestMessage Stream(string agent) =>
        new(HttpMethod.Post, $"/api/v1/agents/{agent}/run/stream") { Content = JsonContent.Create(new { input = "hi" }) };

    private static (decimal? CostUsd, int UnpricedCalls) Cost(JsonNode json) => ((decimal?)json["cost_usd"], (int)json["unpriced_calls"]!);

    private async Task<JsonObject> RunAsync(string agent)
    {
        using var response = await Http.PostAsJsonAsync($"/api/v1/agents/{agent}/run", new { input = "hi" });
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private async Task<JsonObject> GetAsync(string path) => (await Http.GetFromJsonAsync<JsonObject>(path))!;
}
