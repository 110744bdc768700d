// The stage of the workflows' crash tests: tools and models that log their calls and outlive the killed process.
using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.Fakes;

namespace AgentFunctions.Tests.EndToEnd;

/// <summary>A workflow with a tool, two branches, a loop and agents. The product is a process that this scene kills where it was told to.</summary>
internal sealed class WorkflowCrashScene : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ConcurrentQueue<string> _asked = new();
    private readonly FakeOpenAI _model;
    private readonly FakeHttpTool _tool;
    private readonly HashSet<string> _kills = [];
    private readonly Lock _gate = new();
    private string _config = "";
    private AppProcess? _app;

    private WorkflowCrashScene(FakeOpenAI model, FakeHttpTool tool)
    {
        (_model, _tool) = (model, tool);
        _model.Respond = Answer;
        _tool.Running = request => ReachedAsync($"tool {request.Path.Split('/')[^1]}");
    }

    /// <summary>What is done outside the product when nothing is killed, each once.</summary>
    public static IReadOnlyList<string> Marks { get; } = ["first", "left", "turn-1", "turn-2", "turn-3"];

    public static IReadOnlyList<string> Questions { get; } = ["right", "last"];

    public HttpClient Http => _app!.Http;

    public static async Task<WorkflowCrashScene> StartAsync()
    {
        var scene = new WorkflowCrashScene(await FakeOpenAI.StartNewAsync(), await FakeHttpTool.StartNewAsync());
        scene._config = scene._folder.Write("agents.yaml", scene.Config());
        scene._app = await scene.StartAppAsync();
        return scene;
    }

    /// <summary>Asks for one kill at the boundary: <c>tool {mark}</c>, <c>model {question}</c> or <c>seen {step} {status} {iteration}</c>.</summary>
    public void KillAt(string boundary)
    {
        lock (_gate)
            _kills.Add(boundary);
    }

    public int CallsOf(string mark) => _tool.Calls($"/marks/{mark}");

    public int CallsAbout(string question) => _asked.Count(q => q == question);

    /// <summary>Streams one run to its end, killing, restarting and resuming on the way; all frames in the order received.</summary>
    public async Task<List<SseFrame>> RunThroughCrashAsync(string workflow)
    {
        var frames = new List<SseFrame>();
        var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/workflows/{workflow}/run/stream") { Content = JsonContent.Create(new { input = "go" }) };
        while (!await SseClient.ReadAsync(Http, request, frames, SeenAsync))
        {
            await _app!.WaitForExitAsync(); // the stream breaks a moment before the killed process is gone
            await _app.DisposeAsync();
            _app = await StartAppAsync();
            request = SseClient.Resume((string)frames[0].Data["run_id"]!, frames);
        }

        lock (_gate)
            Assert.Empty(_kills);
        return frames;
    }

    /// <summary>Starts a run of <c>guarded</c> and waits until it asks; gives the approval's id. The process lives.</summary>
    public async Task<(string RunId, string ApprovalId)> RunUntilAskedAsync()
    {
        using var started = await Http.PostAsJsonAsync("/api/v1/workflows/guarded/run?wait=0", new { input = "go" });
        var runId = (string)(await started.Content.ReadFromJsonAsync<JsonObject>())!["run_id"]!;
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var response = await Http.GetAsync($"/api/v1/runs/{runId}/events?types=approval", HttpCompletionOption.ResponseHeadersRead, stop.Token);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(stop.Token));
        while (await lines.ReadLineAsync(stop.Token) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
                return (runId, (string)JsonNode.Parse(line[6..])!["data"]!["approval_id"]!);
        }

        throw new InvalidOperationException("The run ended without asking.");
    }

    /// <summary>SIGKILL, and a new process on the same data.</summary>
    public async Task RestartAsync()
    {
        await _app!.KillAsync();
        await _app.DisposeAsync();
        _app = await StartAppAsync();
    }

    public async Task<JsonObject> GetAsync(string path) => (await Http.GetFromJsonAsync<JsonObject>(path))!;

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
        await _model.DisposeAsync();
        await _tool.DisposeAsync();
        _folder.Dispose();
    }

    private FakeReply Answer(JsonElement request)
    {
        var question = request.GetProperty("messages").EnumerateArray().Last(m => m.GetProperty("role").GetString() == "user").GetProperty("content").ToString();
        _asked.Enqueue(question);
        return FakeOpenAI.Answer("about ", question).Then(() => ReachedAsync($"model {question}"));
    }

    private Task SeenAsync(SseFrame frame) => frame.Type == "step"
        ? ReachedAsync($"seen {frame.Data["id"]} {frame.Data["kind"]} {frame.Data["status"]} {frame.Data["iteration"]}".TrimEnd())
        : Task.CompletedTask;

    private async Task ReachedAsync(string boundary)
    {
        bool kill;
        lock (_gate)
            kill = _kills.Remove(boundary);
        if (kill)
            await _app!.KillAsync();
    }

    private Task<AppProcess> StartAppAsync() => AppProcess.StartAsync(Path.Combine(_folder.Path, "data"), _config);

    private string Config() => $$$"""
        models:
          fake: { provider: openai, base_url: "{{{_model.BaseUrl}}}", api_key: "test-key", model: fake-model }
        tools:
          - name: mark
            description: Leaves a mark.
            parameters: { type: object, properties: { name: { type: string } }, required: [name] }
            http: { method: PUT, url: "{{{_tool.Address}}}/marks/{name}" }
          - name: pay
            description: Pays once.
            parameters: { type: object, properties: { name: { type: string } }, required: [name] }
            http: { method: POST, url: "{{{_tool.Address}}}/marks/{name}" }
        agents:
          - { name: helper, model: fake, prompt: Help. }
        workflows:
          - name: journey
            steps:
              - { id: first, tool: mark, arguments: { name: first } }
              - id: both
                parallel: [ { id: left, tool: mark, arguments: { name: left } }, { id: right, agent: helper, input: right } ]
              - id: rounds
                loop:
                  until: loop.iteration >= 3
                  steps: [ { id: turn, tool: mark, arguments: { name: "turn-{{loop.iteration}}" } } ]
              - { id: kept, set: { turn: "{{steps.rounds.output.path}}" } }
              - { id: last, agent: helper, input: last }
            output: "{{steps.first.output.path}} {{steps.both.output.left.path}} {{steps.both.output.right}} {{state.turn}} {{steps.last.output}}"
          - name: guarded
            steps:
              - { id: before, tool: pay, arguments: { name: before } }
              - { id: ok, human: { prompt: Go on? } }
              - { id: after, tool: mark, arguments: { name: after } }
            output: "{{steps.ok.output.by}} {{steps.after.output.path}}"
          - name: payment
            steps:
              - { id: pay, tool: pay, arguments: { name: paid }, retry: { max_attempts: 3, backoff: 10ms } }
              - { id: last, agent: helper, input: last }
        """;
}
