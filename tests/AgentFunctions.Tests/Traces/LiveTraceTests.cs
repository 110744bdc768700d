// The trace of a run that is under way, over the running executable: a held model and a held tool.
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.EndToEnd;
using AgentFunctions.Tests.Fakes;

namespace AgentFunctions.Tests.Traces;

public sealed class LiveTraceTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FakeOpenAI _model = null!;
    private FakeHttpTool _tool = null!;
    private AppProcess _app = null!;

    private HttpClient Http => _app.Http;

    public async Task InitializeAsync()
    {
        _model = await FakeOpenAI.StartNewAsync();
        _tool = await FakeHttpTool.StartNewAsync();
        var config = _folder.Write("agents.yaml", $$"""
            observability:
              traces: { processor: simple }
            models:
              fake: { provider: openai, base_url: "{{_model.BaseUrl}}", api_key: "test-key", model: fake-model }
            tools:
              - name: look
                description: Looks.
                parameters: { type: object, properties: { at: { type: string } } }
                http: { method: GET, url: "{{_tool.Address}}/look" }
            agents:
              - { name: seer, model: fake, prompt: Look., tools: [look] }
            """);
        _app = await AppProcess.StartAsync(Path.Combine(_folder.Path, "data"), config);
    }

    public async Task DisposeAsync()
    {
        _open.TrySetResult();
        await _app.DisposeAsync();
        await _model.DisposeAsync();
        await _tool.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_model_call_under_way_is_a_running_span_and_the_run_leads_the_list()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _model.Enqueue(FakeReply.Stream().Send(FakeOpenAI.Role()).Signal(asked).Gate(_open.Task).Send(FakeOpenAI.Finish("stop"), FakeOpenAI.Usage(), FakeOpenAI.Done));
        var run = await StartAsync();
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30));

        var tree = await GetAsync($"/api/v1/runs/{run["run_id"]}/trace");

        Assert.Equal("running", (string?)tree["status"]);
        var root = Assert.Single(tree["tree"]!.AsArray())!;
        Assert.Equal(("invoke_agent seer", "running"), ((string?)root["name"], (string?)root["status"]));
        var chat = Assert.Single(root["children"]!.AsArray())!;
        Assert.Equal(("chat fake-model", "running"), ((string?)chat["name"], (string?)chat["status"]));
        var listed = (await GetAsync("/api/v1/traces?status=running"))["data"]!.AsArray();
        Assert.Equal(((string?)run["trace_id"], 2), ((string?)Assert.Single(listed)!["trace_id"], (int)listed[0]!["total_spans"]!));
        Assert.Equal((string?)run["trace_id"], (string?)(await GetAsync("/api/v1/traces"))["data"]![0]!["trace_id"]);
    }

    [Fact]
    public async Task A_tool_call_under_way_follows_the_ended_model_call_and_the_finished_trace_has_the_same_ids()
    {
        _tool.Hold("/look", _open.Task);
        _model.Enqueue(FakeOpenAI.Call("call_1", "look", """{"at":"sky"}"""), FakeOpenAI.Answer("Blue."));
        var run = await StartAsync();
        await _tool.Called("/look").WaitAsync(TimeSpan.FromSeconds(30));

        var live = (await GetAsync($"/api/v1/traces/{run["trace_id"]}"))["tree"]![0]!;
        Assert.Equal(["chat fake-model ok", "execute_tool look running"], live["children"]!.AsArray().Select(c => $"{c!["name"]} {c["status"]}"));
        var summary = await GetAsync($"/api/v1/traces/{run["trace_id"]}/summary");
        Assert.Equal(3, summary["operations"]!.AsArray().Count);
        await StoredAsync($"/api/v1/spans?run_id={run["run_id"]}");
        Assert.Equal(3, Ids((await GetAsync($"/api/v1/traces/{run["trace_id"]}"))["tree"]![0]!).Distinct().Count());
        Assert.Single((await GetAsync("/api/v1/traces"))["data"]!.AsArray());
        Assert.Single((await GetAsync("/api/v1/traces?status=running"))["data"]!.AsArray());

        _open.SetResult();
        await EndOfAsync(run);
        var done = (await GetAsync($"/api/v1/traces/{run["trace_id"]}"))["tree"]![0]!;
        Assert.Equal("ok", (string?)done["status"]);
        Assert.Equal(Ids(live), Ids(done).Take(3));
        Assert.Empty((await GetAsync("/api/v1/traces?status=running"))["data"]!.AsArray());
    }

    private static IEnumerable<string?> Ids(JsonNode root) =>
        root["children"]!.AsArray().Select(c => (string?)c!["span_id"]).Prepend((string?)root["span_id"]);

    private async Task<JsonObject> StartAsync()
    {
        using var response = await Http.PostAsJsonAsync("/api/v1/agents/seer/run?wait=0", new { input = "What do you see?" });
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private async Task EndOfAsync(JsonObject run) => await SseClient.ReadAsync(Http, SseClient.Resume((string)run["run_id"]!, []), []);

    // The store has the ended span a moment after the run has it.
    private async Task StoredAsync(string path)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await Http.GetFromJsonAsync<JsonObject>(path, limit.Token))!["data"]!.AsArray().Count == 0)
            limit.Token.ThrowIfCancellationRequested();
    }

    private async Task<JsonObject> GetAsync(string path) => (await Http.GetFromJsonAsync<JsonObject>(path))!;
}
