// The stage of the approval tests: a desk agent whose model does what the input says, a tool server that counts, a webhook.
using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.Fakes;

namespace AgentFunctions.Tests.EndToEnd;

/// <summary>
/// The input of a run is the calls that its model makes, a line each: <c>refund {"amount":150}</c>. With the results it answers
/// <c>done:</c> and what the tools gave. Model, tools and webhook outlive the product, which may be killed.
/// </summary>
public sealed class ApprovalScene : IAsyncLifetime
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, TaskCompletionSource> _notices = new();
    private readonly TempFolder _folder = new();
    private FakeOpenAI? _model;
    private FakeHttpTool? _tools;
    private AppProcess? _app;

    public HttpClient Http => _app!.Http;

    public string Data => Path.Combine(_folder.Path, "data");

    internal FakeHttpTool Tools => _tools!;

    internal FakeOpenAI Model => _model!;

    internal AppProcess App => _app!;

    public async Task InitializeAsync()
    {
        _model = await FakeOpenAI.StartNewAsync();
        _tools = await FakeHttpTool.StartNewAsync();
        _model.Respond = Answer;
        _tools.Respond = request =>
        {
            if (request.Path == "/notified")
                _notices.GetOrAdd(EventOf(request), NewSignal).TrySetResult();
            return new { path = request.Path };
        };
        await StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _app!.DisposeAsync();
        await _model!.DisposeAsync();
        await _tools!.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Starts the product on its data, also after it was killed.</summary>
    public async Task StartAsync() => _app = await AppProcess.StartAsync(
        Data, _folder.Write("agents.yaml", Config), new Dictionary<string, string> { ["HOOK_SECRET"] = "secret-of-the-hook" });

    public async Task KillAndRestartAsync()
    {
        await _app!.KillAsync();
        await _app.DisposeAsync();
        await StartAsync();
    }

    /// <summary>Starts a run and returns it as the request was answered: finished, or paused.</summary>
    public async Task<JsonObject> RunAsync(string input, string agent = "desk", int wait = 60)
    {
        using var response = await Http.PostAsJsonAsync($"/api/v1/agents/{agent}/run?wait={wait}", new { input, user_id = "customer-7" });
        Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.Accepted, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    /// <summary>Starts a run that pauses; gives the run's id and its one approval.</summary>
    public async Task<(string RunId, JsonObject Approval)> PauseAsync(string input)
    {
        var run = await RunAsync(input);
        Assert.Equal("paused", (string?)run["status"]);
        return ((string)run["run_id"]!, await GetAsync($"/api/v1/approvals/{Assert.Single(run["approvals"]!.AsArray())}"));
    }

    public async Task<(HttpStatusCode Status, JsonObject Body)> ResolveAsync(JsonNode approval, object decision)
    {
        using var response = await Http.PostAsJsonAsync($"/api/v1/approvals/{approval["id"]}/resolve", decision);
        return (response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonObject>())!);
    }

    public async Task<JsonObject> GetAsync(string path) => (await Http.GetFromJsonAsync<JsonObject>(path))!;

    /// <summary>Reads the run's events to its end, and returns the run.</summary>
    internal async Task<(JsonObject Run, List<SseFrame> Events)> EndOfAsync(string runId)
    {
        var frames = new List<SseFrame>();
        Assert.True(await SseClient.ReadAsync(Http, SseClient.Resume(runId, []), frames), "The stream broke before the run's end.");
        return (await GetAsync($"/api/v1/runs/{runId}"), frames);
    }

    /// <summary>Reads the run's events until one satisfies the condition.</summary>
    internal async Task<SseFrame> SeenAsync(string runId, Func<SseFrame, bool> isIt)
    {
        var found = new TaskCompletionSource<SseFrame>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var stop = new CancellationTokenSource();
        _ = SseClient.ReadAsync(Http, SseClient.Resume(runId, []), [], frame =>
        {
            if (isIt(frame))
                found.TrySetResult(frame);
            return Task.CompletedTask;
        });
        return await found.Task.WaitAsync(_limit);
    }

    /// <summary>The webhook's notices of these events, in this order; waits until each has come.</summary>
    internal async Task<List<FakeRequest>> NoticesAsync(params string[] events)
    {
        await Task.WhenAll(events.Select(name => _notices.GetOrAdd(name, NewSignal).Task)).WaitAsync(_limit);
        return [.. events.Select(name => Tools.Requests.Single(r => r.Path == "/notified" && EventOf(r) == name))];
    }

    private static string EventOf(FakeRequest notice) => notice.Json.GetProperty("event").GetString()!;

    private static TaskCompletionSource NewSignal(string name) => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private FakeReply Answer(JsonElement request)
    {
        var messages = request.GetProperty("messages").EnumerateArray().ToList();
        var results = messages.Where(m => m.GetProperty("role").GetString() == "tool").Select(m => m.GetProperty("content").GetString()).ToList();
        if (results.Count > 0)
            return FakeOpenAI.Answer("done: ", string.Join(" ", results));
        var calls = messages.Last(m => m.GetProperty("role").GetString() == "user").GetProperty("content").GetString()!.Split('\n');
        return FakeReply.Stream().Send(FakeOpenAI.Role())
            .Send([.. calls.Select((call, n) => FakeOpenAI.CallDelta(n, $"call_{n + 1}", call.Split(' ')[0], call[(call.IndexOf(' ') + 1)..]))])
            .Send(FakeOpenAI.Finish("tool_calls"), FakeOpenAI.Usage(), FakeOpenAI.Done);
    }

    private string Config => $$"""
        models:
          fake: { provider: openai, base_url: "{{Model.BaseUrl}}", api_key: "test-key", model: desk-model }
        tools:
          - name: refund
            parameters: &amount { type: object, properties: { amount: { type: number }, note: { type: string } }, required: [amount] }
            http: { method: POST, url: "{{Tools.Address}}/refund" }
            approval: { when: "amount > 100" }
          - name: transfer
            parameters: *amount
            http: { method: POST, url: "{{Tools.Address}}/transfer" }
            approval: { quorum: 2, approvers: [ada, grace, alan] }
          - name: ship
            parameters: { type: object, properties: { item: { type: string }, address: { type: string } }, required: [item, address] }
            http: { method: POST, url: "{{Tools.Address}}/ship" }
            approval: { type: user_input, fields: [address] }
          - name: call_bank
            parameters: { type: object, properties: { question: { type: string } } }
            http: { method: POST, url: "{{Tools.Address}}/call_bank" }
            approval: { type: external_execution }
          - name: quick
            parameters: {}
            http: { method: POST, url: "{{Tools.Address}}/quick" }
            approval: { escalate_after: 1s, expires_after: 2s, notify: { url: "{{Tools.Address}}/notified", secret: "${HOOK_SECRET}" } }
          - name: strict
            parameters: {}
            http: { method: POST, url: "{{Tools.Address}}/strict" }
            approval: { expires_after: 1s, on_expiry: fail }
          - name: lookup
            parameters: {}
            http: { method: GET, url: "{{Tools.Address}}/lookup" }
            approval: none
          - name: close
            parameters: {}
            http: { method: POST, url: "{{Tools.Address}}/close" }
          - name: order
            parameters: {}
            http: { method: POST, url: "{{Tools.Address}}/order" }
            on_unknown: person
        agents:
          - { name: desk, model: fake, prompt: Help., tools: [refund, transfer, ship, call_bank, quick, strict, lookup, order, close] }
          - { name: careful, model: fake, prompt: Help., tools: [lookup, close], approval: required }
        """;
}
