// Real wire formats through the running executable: live tokens, retries, failures, and the copy of the trace.
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.Fakes;
using AgentFunctions.Tests.Telemetry;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class ProvidersTests : IAsyncLifetime
{
    private const string ApiKey = "sk-test-0123456789abcdef";

    private readonly TempFolder _folder = new();
    private FakeOpenAI? _openAi;
    private FakeAnthropic? _anthropic;
    private OtlpReceiver? _collector;
    private AppProcess? _app;

    private HttpClient Http => _app!.Http;

    public async Task InitializeAsync()
    {
        _openAi = await FakeOpenAI.StartNewAsync();
        _anthropic = await FakeAnthropic.StartNewAsync();
        _collector = await OtlpReceiver.StartAsync();
        var config = _folder.Write("agents.yaml", $$"""
            observability:
              exporters:
                - { name: collector, type: otlp, protocol: http/protobuf, endpoint: "{{_collector.Address}}" }
            models:
              gpt: { provider: openai, base_url: "{{_openAi.BaseUrl}}", api_key: "${TEST_KEY}", model: gpt-test, max_retries: 2, timeout_seconds: 5 }
              claude: { provider: anthropic, base_url: "{{_anthropic.BaseUrl}}", api_key: "${TEST_KEY}", model: claude-test }
            agents:
              - { name: helper, model: gpt, prompt: Help. }
              - { name: thinker, model: claude, prompt: Think. }
            """);
        _app = await AppProcess.StartAsync(
            Path.Combine(_folder.Path, "data"), config, new Dictionary<string, string> { ["TEST_KEY"] = ApiKey });
    }

    public async Task DisposeAsync()
    {
        await _app!.DisposeAsync();
        await _openAi!.DisposeAsync();
        await _anthropic!.DisposeAsync();
        await _collector!.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_token_reaches_the_client_before_the_model_has_sent_the_next()
    {
        var firstSeen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _openAi!.Enqueue(FakeReply.Stream()
            .Send(FakeOpenAI.Role(), FakeOpenAI.Text("first"))
            .Gate(firstSeen.Task)
            .Send(FakeOpenAI.Text(" second"), FakeOpenAI.Finish("stop"), FakeOpenAI.Usage(), FakeOpenAI.Done));

        var frames = new List<SseFrame>();
        Assert.True(await SseClient.ReadAsync(Http, Stream("helper"), frames, frame =>
        {
            if (frame.Type == "token" && (string?)frame.Data["token"] == "first")
                firstSeen.TrySetResult();
            return Task.CompletedTask;
        }));

        Assert.Equal("first second", (string?)frames[^1].Data["output"]);
    }

    [Fact]
    public async Task A_rate_limited_call_is_tried_again_and_both_attempts_are_in_the_trace()
    {
        _openAi!.Enqueue(
            FakeReply.Error(429, """{"error":{"message":"slow down","type":"rate_limit_error","code":"rate_limit_exceeded"}}""").Header("Retry-After", "0"),
            FakeOpenAI.Answer("fine"));

        var run = await RunAsync("helper");

        Assert.Equal("fine", (string?)run["content"]);
        var chats = (await TraceAsync(run))["tree"]![0]!["children"]!.AsArray();
        Assert.Equal(["error", "ok"], chats.Select(c => (string?)c!["status"]));
        Assert.Equal([1, 2], chats.Select(c => (int)c!["attributes"]!["agentfunctions.attempt"]!));
    }

    [Fact]
    public async Task A_stream_that_breaks_is_tried_again_and_the_client_is_told_that_the_first_part_is_void()
    {
        var halfSeen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _openAi!.Enqueue(
            FakeReply.Stream().Send(FakeOpenAI.Role(), FakeOpenAI.Text("half an ans")).Gate(halfSeen.Task).Break(),
            FakeOpenAI.Answer("whole"));

        var frames = new List<SseFrame>();
        Assert.True(await SseClient.ReadAsync(Http, Stream("helper"), frames, frame =>
        {
            if (frame.Type == "token")
                halfSeen.TrySetResult();
            return Task.CompletedTask;
        }));

        var tokens = frames.Where(f => f.Type == "token").ToList();
        var restart = tokens.FindIndex(f => (bool?)f.Data["restart"] == true);
        Assert.True(restart > 0);
        Assert.Equal("whole", string.Concat(tokens[restart..].Select(f => (string?)f.Data["token"])));
        Assert.Equal("whole", (string?)frames[^1].Data["output"]);
    }

    [Fact]
    public async Task A_refused_key_ends_the_run_at_once_with_the_cause_and_without_the_key()
    {
        _openAi!.Enqueue(FakeReply.Error(401, $$$"""{"error":{"message":"Incorrect API key provided: {{{ApiKey}}}","type":"invalid_request_error"}}"""));

        var run = await RunAsync("helper");

        Assert.Equal("error", (string?)run["status"]);
        Assert.Equal("INVALID_CONFIG", (string?)run["error"]!["code"]);
        Assert.Single(_openAi.Requests);
        Assert.DoesNotContain(ApiKey, run.ToJsonString() + (await TraceAsync(run)).ToJsonString() + _app!.Output);
    }

    [Fact]
    public async Task A_provider_that_keeps_failing_ends_the_run_after_its_retries()
    {
        _openAi!.Respond = _ => FakeReply.Error(503, """{"error":{"message":"overloaded"}}""").Header("Retry-After", "0");

        var run = await RunAsync("helper");

        Assert.Equal("API_ERROR", (string?)run["error"]!["code"]);
        Assert.Equal(3, _openAi.Requests.Count);
        Assert.Equal(3, (int)(await TraceAsync(run))["tree"]![0]!["children"]!.AsArray().Count);
    }

    [Fact]
    public async Task Thinking_of_an_anthropic_model_is_streamed_and_its_answer_kept_apart()
    {
        _anthropic!.Enqueue(FakeReply.Stream().Send(
        [
            FakeAnthropic.Start(), .. FakeAnthropic.ThinkingBlock(0, "signed", "let me", " see"),
            .. FakeAnthropic.TextBlock(1, "the", " answer"), .. FakeAnthropic.End("end_turn"),
        ]));

        var frames = new List<SseFrame>();
        Assert.True(await SseClient.ReadAsync(Http, Stream("thinker"), frames));

        Assert.Equal("let me see", (string?)frames.Single(f => f.Type == "reasoning" && f.Data["content"] is not null).Data["content"]);
        Assert.Equal("the answer", (string?)frames[^1].Data["output"]);
    }

    [Fact]
    public async Task Each_block_of_thinking_goes_back_to_the_provider_with_its_own_signature()
    {
        _anthropic!.Enqueue(
            FakeReply.Stream().Send(
            [
                FakeAnthropic.Start(), .. FakeAnthropic.ThinkingBlock(0, "signature-1", "first"), .. FakeAnthropic.ThinkingBlock(1, "signature-2", "second"),
                .. FakeAnthropic.TextBlock(2, "well"), .. FakeAnthropic.End("end_turn"),
            ]),
            FakeAnthropic.Answer("again"));

        await RunAsync("thinker", "ses-thinking");
        await RunAsync("thinker", "ses-thinking");

        var blocks = _anthropic.Requests.Last().Json.GetProperty("messages")[1].GetProperty("content").EnumerateArray()
            .Where(b => b.GetProperty("type").GetString() == "thinking")
            .Select(b => (b.GetProperty("thinking").GetString(), b.GetProperty("signature").GetString()));
        Assert.Equal([("first", "signature-1"), ("second", "signature-2")], blocks);
    }

    [Fact]
    public async Task The_trace_is_copied_to_the_configured_endpoint_without_content()
    {
        _openAi!.Enqueue(FakeOpenAI.Answer("a secret answer"));
        var run = await RunAsync("helper");

        var copies = new List<OtlpSpan>();
        while (copies.Count < 2)
            copies.AddRange((await _collector!.NextAsync()).Spans);

        Assert.Equal(["chat gpt-test", "invoke_agent helper"], copies.Select(s => s.Name).Order());
        Assert.All(copies, span => Assert.Equal((string?)run["trace_id"], span.TraceId));
        Assert.DoesNotContain(copies, span => span.Tags.Values.Any(v => v!.ToString()!.Contains("a secret answer", StringComparison.Ordinal)));
    }

    private static HttpRequestMessage Stream(string agent) =>
        new(HttpMethod.Post, $"/api/v1/agents/{agent}/run/stream") { Content = JsonContent.Create(new { input = "hi" }) };

    private async Task<JsonObject> RunAsync(string agent, string session = "ses-providers")
    {
        using var response = await Http.PostAsJsonAsync($"/api/v1/agents/{agent}/run", new { input = "hi", session_id = session });
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private async Task<JsonObject> TraceAsync(JsonObject run) =>
        (await Http.GetFromJsonAsync<JsonObject>($"/api/v1/runs/{run["run_id"]}/trace"))!;
}
