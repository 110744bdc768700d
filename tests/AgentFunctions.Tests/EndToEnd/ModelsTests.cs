// What models are sent and what of their answers clients see, over HTTP: reasoning, images, settings, rate limits.
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.Fakes;
using AgentFunctions.Tests.Metrics;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class ModelsTests(ModelsTests.Scene scene) : IClassFixture<ModelsTests.Scene>
{
    private const string Png = "iVBORw0KGgo=";

    [Fact]
    public async Task R_SSE_6_reasoning_between_tags_is_streamed_apart_with_tokens_model_and_provider()
    {
        scene.OpenAI.Enqueue(FakeReply.Stream().Send(
            FakeOpenAI.Role(), FakeOpenAI.Text("<think>two and"), FakeOpenAI.Text(" two</thi"), FakeOpenAI.Text("nk>\n\nfour"),
            FakeOpenAI.Finish("stop"), FakeOpenAI.Usage(), FakeOpenAI.Done));

        var frames = await StreamAsync("helper");

        Assert.Equal("four", (string?)frames[^1].Data["output"]);
        Assert.Equal("two and two", string.Concat(frames.Select(f => f.Type == "reasoning" ? (string?)f.Data["delta"] : null)));
        var whole = Closing(frames);
        Assert.Equal(("two and two", 2, 0), ((string?)whole["content"], (int)whole["token_count"]!, (int)whole["message_index"]!));
        Assert.Equal(("gpt-test", "openai"), ((string?)whole["model"], (string?)whole["provider"]));
        Assert.Null(whole["redacted"]);
    }

    [Fact]
    public async Task R_SSE_6_reasoning_that_the_provider_encrypts_is_told_as_redacted_and_goes_back_unchanged()
    {
        var redacted = FakeAnthropic.Block(0, new JsonObject { ["type"] = "redacted_thinking", ["data"] = "c2VjcmV0" }, []);
        scene.Anthropic.Enqueue(
            FakeReply.Stream().Send([FakeAnthropic.Start(), .. redacted, .. FakeAnthropic.TextBlock(1, "well"), .. FakeAnthropic.End("end_turn")]),
            FakeAnthropic.Answer("again"));

        var whole = Closing(await StreamAsync("thinker", "ses-redacted"));
        await StreamAsync("thinker", "ses-redacted");

        Assert.Equal((true, "c2VjcmV0", ""), ((bool)whole["redacted"]!, (string?)whole["redacted_content"], (string?)whole["content"]));
        Assert.Equal((7, "claude-test", "anthropic"), ((int)whole["token_count"]!, (string?)whole["model"], (string?)whole["provider"]));
        var sent = scene.Anthropic.Requests.Last().Json.GetProperty("messages")[1].GetProperty("content")[0];
        Assert.Equal(("redacted_thinking", "c2VjcmV0"), (sent.GetProperty("type").GetString(), sent.GetProperty("data").GetString()));
    }

    [Fact]
    public async Task Images_of_the_input_reach_the_model_and_are_named_not_repeated_in_the_trace()
    {
        scene.OpenAI.Enqueue(FakeOpenAI.Answer("a cat"));

        var run = await RunAsync("helper", new JsonArray(
            new JsonObject { ["type"] = "text", ["text"] = "What is this?" },
            new JsonObject { ["type"] = "image", ["data"] = Png, ["media_type"] = "image/png" },
            new JsonObject { ["type"] = "image", ["url"] = "https://example.com/cat.jpg" }));

        Assert.Equal("a cat", (string?)run["content"]);
        var sent = scene.OpenAI.Requests.Last().Json.GetProperty("messages")[1].GetProperty("content");
        Assert.Equal(
            ["What is this?", $"data:image/png;base64,{Png}", "https://example.com/cat.jpg"],
            sent.EnumerateArray().Select(p => p.TryGetProperty("image_url", out var url) ? url.GetProperty("url").GetString() : p.GetProperty("text").GetString()));
        var messages = await GetAsync($"/api/v1/runs/{run["run_id"]}/messages");
        Assert.Contains(Png, messages.ToJsonString(), StringComparison.Ordinal);
        var trace = (await GetAsync($"/api/v1/runs/{run["run_id"]}/trace")).ToJsonString();
        Assert.DoesNotContain(Png, trace, StringComparison.Ordinal);
        Assert.Contains("ni:///sha-256;", trace, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("panel")]
    [InlineData("guarded_panel")]
    public async Task Members_of_a_team_are_shown_the_images_that_the_team_was_shown(string team)
    {
        scene.OpenAI.Enqueue(FakeOpenAI.Answer("a dog"));

        var run = await PostAsync($"teams/{team}", new JsonArray(
            new JsonObject { ["type"] = "text", ["text"] = "What is this?" }, new JsonObject { ["type"] = "image", ["data"] = Png, ["media_type"] = "image/png" }));

        Assert.Equal("completed", (string?)run["status"]);
        var sent = scene.OpenAI.Requests.Last().Json.GetProperty("messages")[1].GetProperty("content");
        Assert.Equal(["text", "image_url"], sent.EnumerateArray().Select(p => p.GetProperty("type").GetString()));
        Assert.Equal("What is this?", sent[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task An_agent_with_pre_hooks_keeps_the_images_beside_the_checked_text()
    {
        scene.OpenAI.Enqueue(FakeOpenAI.Answer("a dog"));

        var run = await RunAsync("guarded", new JsonArray(
            new JsonObject { ["type"] = "text", ["text"] = "What is this?" }, new JsonObject { ["type"] = "image", ["data"] = Png, ["media_type"] = "image/png" }));

        Assert.Equal("a dog", (string?)run["content"]);
        var sent = scene.OpenAI.Requests.Last().Json.GetProperty("messages").EnumerateArray().Skip(1).ToArray();
        Assert.Equal($"data:image/png;base64,{Png}", sent[0].GetProperty("content")[0].GetProperty("image_url").GetProperty("url").GetString());
        Assert.Equal("What is this?", sent[1].GetProperty("content").GetString());
    }

    [Theory]
    [InlineData("""[]""", "'input' is required")]
    [InlineData("""["hi"]""", "'input' is required")]
    [InlineData("""[{"type":"audio"}]""", "'input[0].type' must be text or image")]
    [InlineData("""[{"type":"text","text":" "}]""", "'input[0].text' is required")]
    [InlineData("""[{"type":"image"}]""", "needs a 'url', or 'data' and 'media_type'")]
    [InlineData("""[{"type":"image","url":"data:image/png;base64,aaaa"}]""", "'input[0].url' must be an absolute http or https URL")]
    [InlineData("""[{"type":"image","url":"https://x.example/a.png","data":"aaaa"}]""", "send one of them")]
    [InlineData("""[{"type":"image","data":"aaaa","media_type":"image/tiff"}]""", "must be one of image/png")]
    [InlineData("""[{"type":"image","data":"?","media_type":"image/png"}]""", "must be the image in base64")]
    [InlineData("""[{"type":"image","data":"aaaa","media_type":"image/png","detail":"low"}]""", "'input[0].detail' is not a known member")]
    public async Task An_input_of_another_form_is_refused_and_says_how_to_write_it(string input, string message)
    {
        using var response = await scene.Http.PostAsJsonAsync("/api/v1/agents/helper/run", new JsonObject { ["input"] = JsonNode.Parse(input) });

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(message, (string?)(await response.Content.ReadFromJsonAsync<JsonObject>())!["error"]!["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_that_is_too_large_is_refused()
    {
        var image = new JsonObject { ["type"] = "image", ["data"] = Convert.ToBase64String(new byte[(5 * 1024 * 1024) + 1]), ["media_type"] = "image/png" };

        using var response = await scene.Http.PostAsJsonAsync("/api/v1/agents/helper/run", new JsonObject { ["input"] = new JsonArray(image) });

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("at most 5242880", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_of_the_model_are_sent_and_are_on_the_span()
    {
        scene.OpenAI.Enqueue(FakeOpenAI.Answer("ok"));

        var run = await RunAsync("tuned", "hi");

        var body = scene.OpenAI.Requests.Last().Json;
        Assert.Equal(("0.5", "42", "high"), (body.GetProperty("top_p").GetRawText(), body.GetProperty("seed").GetRawText(), body.GetProperty("reasoning_effort").GetString()));
        var chat = (await GetAsync($"/api/v1/runs/{run["run_id"]}/trace"))["tree"]![0]!["children"]![0]!["attributes"]!;
        Assert.Equal((0.5, 42L, "high"), ((double)chat["gen_ai.request.top_p"]!, (long)chat["gen_ai.request.seed"]!, (string?)chat["gen_ai.request.reasoning.level"]));
        Assert.Equal(["END"], chat["gen_ai.request.stop_sequences"]!.AsArray().Select(s => (string?)s));
    }

    [Fact]
    public async Task Runs_pass_the_models_own_limit_and_their_wait_is_a_metric()
    {
        var first = RunAsync("single", "one");
        var second = RunAsync("single", "two");

        Assert.All(await Task.WhenAll(first, second), run => Assert.Equal("completed", (string?)run["status"]));
        var metrics = MetricsText.Parse(await scene.Http.GetStringAsync("/metrics"));
        Assert.Equal(2, metrics.Sum("agentfunctions_model_rate_limit_wait_seconds_count", ("model", "paced")));
    }

    private static JsonObject Closing(List<SseFrame> frames) => frames.Single(f => f.Type == "reasoning" && f.Data["content"] is not null).Data;

    private async Task<List<SseFrame>> StreamAsync(string agent, string? session = null)
    {
        var frames = new List<SseFrame>();
        var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/agents/{agent}/run/stream") { Content = JsonContent.Create(new { input = "hi", session_id = session }) };
        Assert.True(await SseClient.ReadAsync(scene.Http, request, frames));
        return frames;
    }

    private Task<JsonObject> RunAsync(string agent, JsonNode input) => PostAsync($"agents/{agent}", input);

    private async Task<JsonObject> PostAsync(string path, JsonNode input)
    {
        using var response = await scene.Http.PostAsJsonAsync($"/api/v1/{path}/run", new JsonObject { ["input"] = input });
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private async Task<JsonObject> GetAsync(string path) => (await scene.Http.GetFromJsonAsync<JsonObject>(path))!;

    /// <summary>One process and the fake providers that its models name.</summary>
    public sealed class Scene : IAsyncLifetime
    {
        private readonly TempFolder _folder = new();
        private AppProcess? _app;

        internal FakeOpenAI OpenAI { get; private set; } = null!;

        internal FakeAnthropic Anthropic { get; private set; } = null!;

        internal HttpClient Http => _app!.Http;

        public async Task InitializeAsync()
        {
            OpenAI = await FakeOpenAI.StartNewAsync();
            Anthropic = await FakeAnthropic.StartNewAsync();
            var config = _folder.Write("agents.yaml", $$"""
                models:
                  gpt: { provider: openai, base_url: "{{OpenAI.BaseUrl}}", api_key: none, model: gpt-test }
                  tuned: { provider: openai, base_url: "{{OpenAI.BaseUrl}}", api_key: none, model: gpt-test, top_p: 0.5, seed: 42, stop: END, reasoning_effort: high }
                  claude: { provider: anthropic, base_url: "{{Anthropic.BaseUrl}}", api_key: none, model: claude-test }
                  paced: { provider: scripted, rate_limit: { concurrent: 1 }, script: [{ say: "done in time", delay_ms: 50 }] }
                agents:
                  - { name: helper, model: gpt, prompt: Help. }
                  - { name: guarded, model: gpt, prompt: Help., pre_hooks: [prompt_injection] }
                  - { name: tuned, model: tuned, prompt: Help. }
                  - { name: thinker, model: claude, prompt: Think. }
                  - { name: single, model: paced, prompt: Help. }
                teams:
                  - { name: panel, mode: broadcast, members: [helper] }
                  - { name: guarded_panel, mode: broadcast, members: [helper], pre_hooks: [prompt_injection] }
                """);
            _app = await AppProcess.StartAsync(Path.Combine(_folder.Path, "data"), config);
        }

        public async Task DisposeAsync()
        {
            await _app!.DisposeAsync();
            await OpenAI.DisposeAsync();
            await Anthropic.DisposeAsync();
            _folder.Dispose();
        }
    }
}
