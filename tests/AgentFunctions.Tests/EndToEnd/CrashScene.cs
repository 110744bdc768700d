// The stage of the crash tests: a model server and a tool server that log their calls and outlive the killed process.
using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using AgentFunctions.Tests.Fakes;

namespace AgentFunctions.Tests.EndToEnd;

/// <summary>
/// An agent that counts to five with a tool. The model and the tool live in the test's process; the product is a process
/// that this scene kills where it was told to, and starts again on the same data.
/// </summary>
internal sealed class CrashScene : IAsyncDisposable
{
    private const int Goal = 5;
    private const string LastToken = " 5";

    private readonly TempFolder _folder = new();
    private readonly ConcurrentQueue<int> _modelCalls = new();
    private readonly FakeOpenAI _model;
    private readonly FakeHttpTool _tool;
    private readonly HashSet<(string Boundary, int Call)> _kills = [];
    private readonly Lock _gate = new();
    private string _config = "";
    private AppProcess? _app;

    private CrashScene(FakeOpenAI model, FakeHttpTool tool)
    {
        (_model, _tool) = (model, tool);
        _model.Respond = Answer;
        _tool.Running = request => ReachedAsync("tool running", int.Parse(request.Path.Split('/')[^1]));
    }

    public HttpClient Http => _app!.Http;

    public static async Task<CrashScene> StartAsync(string effect = "pure")
    {
        var scene = new CrashScene(await FakeOpenAI.StartNewAsync(), await FakeHttpTool.StartNewAsync());
        scene._config = scene._folder.Write("agents.yaml", scene.Config(effect));
        scene._app = await scene.StartAppAsync();
        return scene;
    }

    /// <summary>Asks for one kill at the given boundary.</summary>
    public void KillAt(string boundary, int call)
    {
        lock (_gate)
            _kills.Add((boundary, call));
    }

    public int ModelCallsOfStep(int step) => _modelCalls.Count(s => s == step);

    public int ToolCallsWith(int number) => _tool.Calls($"/count/{number}");

    /// <summary>Streams one run to its end, killing, restarting and resuming on the way; all frames in the order received.</summary>
    public async Task<List<SseFrame>> RunThroughCrashAsync()
    {
        var frames = new List<SseFrame>();
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/agents/counter/run/stream") { Content = JsonContent.Create(new { input = "Count to 5." }) };
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

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
        await _model.DisposeAsync();
        await _tool.DisposeAsync();
        _folder.Dispose();
    }

    // The model's state is the conversation: with n results it asks for number n + 1, and with five it answers.
    private FakeReply Answer(JsonElement request)
    {
        var step = request.GetProperty("messages").EnumerateArray().Count(m => m.GetProperty("role").GetString() == "tool") + 1;
        _modelCalls.Enqueue(step);
        var reply = step <= Goal
            ? FakeOpenAI.Call($"call_{step}", "count", $$"""{"number":{{step}}}""")
            : FakeOpenAI.Answer("counted", " to", LastToken);
        return reply.Then(() => ReachedAsync("model answered", step));
    }

    private Task SeenAsync(SseFrame frame) =>
        frame.Type == "token" && (string?)frame.Data["token"] == LastToken
            ? ReachedAsync("last token seen", (int)frame.Data["step"]!)
            : Task.CompletedTask;

    private async Task ReachedAsync(string boundary, int call)
    {
        bool kill;
        lock (_gate)
            kill = _kills.Remove((boundary, call));
        if (kill)
            await _app!.KillAsync();
    }

    private Task<AppProcess> StartAppAsync() => AppProcess.StartAsync(Path.Combine(_folder.Path, "data"), _config);

    private string Config(string effect) => $$"""
        models:
          fake: { provider: openai, base_url: "{{_model.BaseUrl}}", api_key: "test-key", model: counting-model }
        tools:
          - name: count
            description: Counts one step further.
            parameters: { type: object, properties: { number: { type: integer } }, required: [number] }
            http: { method: GET, url: "{{_tool.Address}}/count/{number}" }
            effect: {{effect}}
        agents:
          - name: counter
            model: fake
            prompt: Count to five with the tool, one number at a time.
            tools: [count]
            max_steps: 10
        """;
}
