// The HTTP contract of runs, over the running executable with the sample agents.
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace AgentFunctions.Tests.EndToEnd;

/// <summary>One executable with the sample agents, shared by the tests of a class.</summary>
public sealed class SampleApp : IAsyncLifetime
{
    private readonly TempFolder _data = new();
    private AppProcess? _app;

    internal AppProcess App => _app!;

    public HttpClient Http => App.Http;

    public async Task InitializeAsync() => _app = await AppProcess.StartAsync(_data.Path);

    public async Task DisposeAsync()
    {
        await App.DisposeAsync();
        _data.Dispose();
    }
}

public sealed class RunsOverHttpTests(SampleApp sample) : IClassFixture<SampleApp>
{
    private HttpClient Http => sample.Http;

    [Fact]
    public async Task A_run_of_an_agent_with_a_tool_answers_finished_and_its_trace_has_every_call()
    {
        var run = await RunAsync("weather", new JsonObject { ["input"] = "What is the weather in Paris?" });

        Assert.Equal("completed", (string?)run["status"]);
        Assert.Equal("natural", (string?)run["termination_reason"]);
        Assert.Contains("Paris", (string?)run["content"]);
        Assert.True((long)run["usage"]!["total_tokens"]! > 0);
        var trace = await GetAsync($"/api/v1/runs/{run["run_id"]}/trace");
        var root = Assert.Single(trace["tree"]!.AsArray())!;
        Assert.Equal("invoke_agent weather", (string?)root["name"]);
        var children = root["children"]!.AsArray().Select(c => (string)c!["name"]!).ToList();
        Assert.Equal(2, children.Count(n => n.StartsWith("chat ", StringComparison.Ordinal)));
        Assert.Single(children, "execute_tool get_weather");
        Assert.All(root["children"]!.AsArray().Where(c => ((string)c!["name"]!).StartsWith("chat ", StringComparison.Ordinal)),
            chat => Assert.True((long)chat!["attributes"]!["gen_ai.usage.input_tokens"]! > 0));
        var byId = await GetAsync($"/api/v1/traces/{run["trace_id"]}");
        Assert.Equal(trace["total_spans"]!.ToString(), byId["total_spans"]!.ToString());
    }

    [Fact]
    public async Task A_stream_begins_with_run_start_ends_with_complete_and_its_tokens_make_the_answer()
    {
        var frames = new List<SseFrame>();
        Assert.True(await SseClient.ReadAsync(Http, Stream("weather", "What is the weather in Oslo?"), frames));

        Assert.Equal("run_start", frames[0].Type);
        Assert.Equal("complete", frames[^1].Type);
        Assert.Equal(Enumerable.Range(1, frames.Count).Select(i => (long)i), frames.Select(f => f.Id));
        Assert.Equal(["started", "completed"], frames.Where(f => f.Type == "tool_call").Select(f => (string?)f.Data["status"]));
        var steps = (int)frames[^1].Data["steps"]!;
        var answer = string.Concat(frames.Where(f => f.Type == "token" && (int)f.Data["step"]! == steps).Select(f => (string?)f.Data["token"]));
        Assert.Equal((string?)frames[^1].Data["output"], answer);
        Assert.NotNull(frames[^1].Data["trace_id"]);
        Assert.True((long)frames[^1].Data["usage"]!["total_tokens"]! > 0);
    }

    [Fact]
    public async Task An_agent_that_thinks_streams_its_reasoning_and_closes_it_with_the_whole_text()
    {
        var frames = new List<SseFrame>();
        Assert.True(await SseClient.ReadAsync(Http, Stream("thinker", "Why is the sky blue?"), frames));

        var reasoning = frames.Where(f => f.Type == "reasoning").ToList();
        var deltas = string.Concat(reasoning.Where(f => f.Data["delta"] is not null).Select(f => (string?)f.Data["delta"]));
        var whole = Assert.Single(reasoning, f => f.Data["content"] is not null);
        Assert.Equal((string?)whole.Data["content"], deltas);
        Assert.NotEmpty(deltas);
    }

    [Fact]
    public async Task The_types_filter_lets_only_its_types_and_the_end_through()
    {
        var frames = new List<SseFrame>();
        Assert.True(await SseClient.ReadAsync(Http, Stream("weather", "What is the weather in Rome?", "?types=tool_call"), frames));

        Assert.Equal(["complete", "tool_call"], frames.Select(f => f.Type).Distinct().Order());
    }

    [Fact]
    public async Task A_finished_run_can_be_read_again_from_any_event()
    {
        var all = new List<SseFrame>();
        Assert.True(await SseClient.ReadAsync(Http, Stream("weather", "What is the weather in Bern?"), all));
        var runId = (string)all[0].Data["run_id"]!;

        var rest = new List<SseFrame>();
        Assert.True(await SseClient.ReadAsync(Http, SseClient.Resume(runId, all[..3]), rest));

        Assert.Equal(all[3..].Select(f => f.Id), rest.Select(f => f.Id));
    }

    [Fact]
    public async Task With_wait_0_the_answer_is_202_with_where_to_look()
    {
        using var response = await Http.PostAsJsonAsync("/api/v1/agents/weather/run?wait=0", new { input = "What is the weather in Kyiv?" });

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var run = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal($"/api/v1/runs/{run["run_id"]}", response.Headers.Location!.ToString());
        Assert.NotNull(response.Headers.RetryAfter);
        var frames = new List<SseFrame>();
        Assert.True(await SseClient.ReadAsync(Http, SseClient.Resume((string)run["run_id"]!, []), frames));
        Assert.Equal("completed", (string?)(await GetAsync($"/api/v1/runs/{run["run_id"]}"))["status"]);
    }

    [Fact]
    public async Task The_same_Idempotency_Key_gives_the_same_run_and_another_request_under_it_is_a_conflict()
    {
        var first = await KeyedAsync("key-1", "What is the weather in Lima?");
        var again = await KeyedAsync("key-1", "What is the weather in Lima?");
        var other = await KeyedAsync("key-1", "What is the weather in Cairo?");

        Assert.Equal(HttpStatusCode.OK, first.Status);
        Assert.Equal((string?)first.Body["run_id"], (string?)again.Body["run_id"]);
        Assert.Equal(HttpStatusCode.Conflict, other.Status);
        Assert.Equal("conflict", (string?)other.Body["error"]!["code"]);
    }

    [Fact]
    public async Task A_second_run_of_a_session_sees_the_first_and_the_session_lists_both()
    {
        var session = "ses-two-runs";
        var first = await RunAsync("weather", new JsonObject { ["input"] = "What is the weather in Quito?", ["session_id"] = session, ["user_id"] = "u1" });
        var second = await RunAsync("weather", new JsonObject { ["input"] = "What is the weather in Hanoi?", ["session_id"] = session, ["user_id"] = "u1" });

        var listed = await GetAsync($"/api/v1/sessions/{session}/runs");
        Assert.Equal([(string?)second["run_id"], (string?)first["run_id"]], listed["data"]!.AsArray().Select(r => (string?)r!["run_id"]));
        Assert.Equal(2, (int)(await GetAsync($"/api/v1/sessions/{session}"))["runs"]!);
        var trace = await GetAsync($"/api/v1/runs/{second["run_id"]}/trace");
        var chat = trace["tree"]![0]!["children"]!.AsArray().First(c => ((string)c!["name"]!).StartsWith("chat", StringComparison.Ordinal))!;
        Assert.Contains("Quito", chat["attributes"]!["gen_ai.input.messages"]!.ToString());
    }

    [Fact]
    public async Task An_incoming_traceparent_is_joined()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/agents/assistant/run") { Content = JsonContent.Create(new { input = "Hello" }) };
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        using var response = await Http.SendAsync(request);
        var run = (await response.Content.ReadFromJsonAsync<JsonObject>())!;

        Assert.Equal("0af7651916cd43dd8448eb211c80319c", (string?)run["trace_id"]);
        var root = (await GetAsync("/api/v1/traces/0af7651916cd43dd8448eb211c80319c"))["tree"]![0]!;
        Assert.Equal("b7ad6b7169203331", (string?)root["parent_span_id"]);
    }

    [Fact]
    public async Task The_history_lists_the_durable_events_of_the_run()
    {
        var run = await RunAsync("weather", new JsonObject { ["input"] = "What is the weather in Perth?" });

        var events = (await GetAsync($"/api/v1/runs/{run["run_id"]}/history"))["data"]!.AsArray().Select(e => (string?)e!["EventType"]).ToList();

        Assert.Equal("ExecutionStarted", events.First(e => e != "OrchestratorStarted"));
        Assert.Contains("TaskCompleted", events);
    }

    [Fact]
    public async Task Runs_are_listed_newest_first_by_pages()
    {
        for (var i = 0; i < 3; i++)
            await RunAsync("assistant", new JsonObject { ["input"] = "Hello", ["user_id"] = "pager" });

        var first = await GetAsync("/api/v1/runs?user_id=pager&limit=2");
        var rest = await GetAsync($"/api/v1/runs?user_id=pager&limit=2&cursor={Uri.EscapeDataString((string)first["next_cursor"]!)}");

        Assert.Equal(2, first["data"]!.AsArray().Count);
        Assert.Single(rest["data"]!.AsArray());
        Assert.Null(rest["next_cursor"]);
    }

    private static HttpRequestMessage Stream(string agent, string input, string query = "") =>
        new(HttpMethod.Post, $"/api/v1/agents/{agent}/run/stream{query}") { Content = JsonContent.Create(new { input }) };

    private async Task<JsonObject> RunAsync(string agent, JsonObject body)
    {
        using var response = await Http.PostAsync($"/api/v1/agents/{agent}/run", new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private async Task<JsonObject> GetAsync(string path) => (await Http.GetFromJsonAsync<JsonObject>(path))!;

    private async Task<(HttpStatusCode Status, JsonObject Body)> KeyedAsync(string key, string input)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/agents/weather/run") { Content = JsonContent.Create(new { input }) };
        request.Headers.Add("Idempotency-Key", key);
        using var response = await Http.SendAsync(request);
        return (response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonObject>())!);
    }
}
