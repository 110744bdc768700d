// The window of a conversation and its summary, over the running executable; also when it is killed while it summarizes.
using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.Fakes;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class SummaryTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly ConcurrentQueue<List<string>> _asked = new();
    private readonly ConcurrentQueue<string> _summarized = new();
    private FakeOpenAI? _model;
    private AppProcess? _app;
    private Func<FakeReply, FakeReply> _summaryReply = reply => reply;

    private HttpClient Http => _app!.Http;

    public async Task InitializeAsync()
    {
        _model = await FakeOpenAI.StartNewAsync();
        _model.Respond = Answer;
        _app = await StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _app!.DisposeAsync();
        await _model!.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_falls_out_of_the_window_is_summarized_and_the_next_run_begins_with_the_summary()
    {
        for (var n = 1; n <= 3; n++)
            await RunAsync("brief", $"turn {n}");
        Assert.Empty(_summarized);
        var fourth = await RunAsync("brief", "turn 4");

        Assert.Equal("user: turn 1\nassistant: answer to turn 1\nuser: turn 2\nassistant: answer to turn 2", Assert.Single(_summarized).Split("Conversation:\n")[1].TrimEnd());
        Assert.Equal("summary 1", (string?)(await SessionAsync())["summary"]);
        await RunAsync("brief", "turn 5");
        Assert.Equal(
            ["Be brief.", "Summary of the conversation before the messages that follow:\nsummary 1", "turn 3", "answer to turn 3", "turn 4", "answer to turn 4", "turn 5"],
            _asked.Last());

        var chats = await ChatsAsync(fourth);
        Assert.Equal(2, chats.Count);
        Assert.Equal(2 * (long)(await RunAsync("plain", "other"))["usage"]!["total_tokens"]!, (long)fourth["usage"]!["total_tokens"]!);
    }

    [Fact]
    public async Task A_summary_is_the_beginning_of_the_next_summary()
    {
        for (var n = 1; n <= 6; n++)
            await RunAsync("brief", $"turn {n}");
        Assert.Equal(2, _summarized.Count);
        Assert.StartsWith("Summary of what was before:\nsummary 1\n\nConversation:\nuser: turn 3\n", _summarized.Last(), StringComparison.Ordinal);
        await RunAsync("brief", "turn 7");
        Assert.Equal(["Be brief.", "Summary of the conversation before the messages that follow:\nsummary 2", "turn 5"], _asked.Last().Take(3));
    }

    [Fact]
    public async Task The_stream_tells_that_the_session_was_summarized()
    {
        for (var n = 1; n <= 3; n++)
            await RunAsync("brief", $"turn {n}");
        var run = await RunAsync("brief", "turn 4");
        var frames = new List<SseFrame>();
        await SseClient.ReadAsync(Http, new HttpRequestMessage(HttpMethod.Get, $"/api/v1/runs/{run["run_id"]}/events?types=summary"), frames, _ => Task.CompletedTask);
        Assert.Equal(["started", "completed"], frames.Where(f => f.Type == "summary").Select(f => (string?)f.Data["status"]));
    }

    [Fact]
    public async Task A_summary_that_fails_does_not_fail_the_run_and_the_next_run_makes_it()
    {
        _summaryReply = _ => FakeReply.Error(500, """{"error":{"message":"no"}}""");
        for (var n = 1; n <= 4; n++)
            Assert.Equal("completed", (string?)(await RunAsync("brief", $"turn {n}"))["status"]);
        Assert.Null((await SessionAsync())["summary"]);
        _summaryReply = reply => reply;
        await RunAsync("brief", "turn 5");
        Assert.NotNull((await SessionAsync())["summary"]);
        Assert.Contains("user: turn 1\n", _summarized.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_window_of_tokens_keeps_the_latest_runs_that_fit()
    {
        foreach (var n in new[] { 1, 2, 3 })
            await RunAsync("tokens", new string((char)('a' + n), 200)); // 50 tokens, and as many for the answer
        await RunAsync("tokens", "last");
        Assert.Equal([new string('d', 200), $"answer to {new string('d', 200)}", "last"], _asked.Last().Skip(1));
    }

    [Theory]
    [InlineData("before")]
    [InlineData("after")]
    public async Task A_kill_while_the_summary_is_made_only_delays_it(string moment)
    {
        for (var n = 1; n <= 3; n++)
            await RunAsync("brief", $"turn {n}");
        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _summaryReply = reply =>
        {
            _summaryReply = same => same;
            return moment == "before" ? FakeReply.Stream().Then(KillAsync) : reply.Then(KillAsync);
        };
        var id = (string)(await StartRunAsync("brief", "turn 4"))["run_id"]!;
        await killed.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await _app!.DisposeAsync();
        _app = await StartAsync();

        var run = await EndOfAsync(id);
        Assert.Equal(("completed", "answer to turn 4"), ((string?)run["status"], (string?)run["content"]));
        Assert.Equal("summary 2", (string?)(await SessionAsync())["summary"]);
        Assert.Equal(2, (await ChatsAsync(run)).Count);
        await RunAsync("brief", "turn 5");
        Assert.Equal(["Be brief.", "Summary of the conversation before the messages that follow:\nsummary 2", "turn 3"], _asked.Last().Take(3));

        async Task KillAsync()
        {
            await _app!.KillAsync();
            killed.TrySetResult();
        }
    }

    [Fact]
    public async Task A_deleted_run_is_in_no_summary_any_more()
    {
        var first = await RunAsync("brief", "turn 1");
        for (var n = 2; n <= 4; n++)
            await RunAsync("brief", $"turn {n}");
        var fifth = await RunAsync("brief", "turn 5");
        using (var deleted = await Http.DeleteAsync($"/api/v1/runs/{first["run_id"]}"))
            Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);

        Assert.Null((await SessionAsync())["summary"]);
        Assert.DoesNotContain("summary 1", await Http.GetStringAsync($"/api/v1/runs/{fifth["run_id"]}/trace"), StringComparison.Ordinal);
        await RunAsync("brief", "turn 6");
        Assert.DoesNotContain("user: turn 1\n", _summarized.Last(), StringComparison.Ordinal);
        Assert.Contains("user: turn 2\n", _summarized.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_session_takes_its_summary_with_it()
    {
        for (var n = 1; n <= 4; n++)
            await RunAsync("brief", $"turn {n}");
        using (var deleted = await Http.DeleteAsync("/api/v1/sessions/s-brief"))
            Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        await RunAsync("brief", "new");
        Assert.Equal(["Be brief.", "new"], _asked.Last());
    }

    private Task<AppProcess> StartAsync() => AppProcess.StartAsync(Path.Combine(_folder.Path, "data"), _folder.Write("agents.yaml", $$"""
        models:
          fake: { provider: openai, base_url: "{{_model!.BaseUrl}}", api_key: "test-key", model: fake-model, max_retries: 0 }
          small: { provider: openai, base_url: "{{_model.BaseUrl}}", api_key: "test-key", model: small-model }
        agents:
          - { name: brief, model: fake, prompt: Be brief., history: { messages: 4, summary: { after_messages: 6, model: small } } }
          - { name: tokens, model: fake, prompt: Be brief., history: { tokens: 150 } }
          - { name: plain, model: fake, prompt: Be brief. }
        """));

    private FakeReply Answer(JsonElement request)
    {
        var messages = request.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("content").GetString()!).ToList();
        if (request.GetProperty("model").GetString() == "small-model")
        {
            _summarized.Enqueue(messages[1]);
            return _summaryReply(FakeOpenAI.Answer($"summary {_summarized.Count}"));
        }

        _asked.Enqueue(messages);
        return FakeOpenAI.Answer($"answer to {messages[^1]}");
    }

    private async Task<JsonObject> StartRunAsync(string agent, string input)
    {
        using var response = await Http.PostAsJsonAsync($"/api/v1/agents/{agent}/run?wait=0", new { input, session_id = $"s-{agent}" });
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private async Task<JsonObject> RunAsync(string agent, string input) => await EndOfAsync((string)(await StartRunAsync(agent, input))["run_id"]!);

    private async Task<JsonObject> EndOfAsync(string id)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var run = (await Http.GetFromJsonAsync<JsonObject>($"/api/v1/runs/{id}", limit.Token))!;
            if (run["finished_at"] is not null)
                return run;
        }
    }

    private async Task<JsonObject> SessionAsync() => (await Http.GetFromJsonAsync<JsonObject>("/api/v1/sessions/s-brief"))!;

    private async Task<List<JsonNode>> ChatsAsync(JsonObject run)
    {
        var trace = (await Http.GetFromJsonAsync<JsonObject>($"/api/v1/runs/{run["run_id"]}/trace"))!;
        return [.. trace["tree"]![0]!["children"]!.AsArray().Where(s => ((string)s!["name"]!).StartsWith("chat ", StringComparison.Ordinal)).Select(s => s!)];
    }
}
