// The stage of the crash tests of teams: a leader and two members on a fake model, a tool server, and a process to kill.
using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.Fakes;

namespace AgentFunctions.Tests.EndToEnd;

/// <summary>
/// The leader asks the researcher (who uses a tool) and the writer at once, then the writer again, then answers. Models and
/// tool live in the test's process; the product is a process that this scene kills where it was told to, and starts again.
/// </summary>
internal sealed class TeamCrashScene : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ConcurrentQueue<string> _modelCalls = new();
    private readonly HashSet<(string Moment, string Work)> _kills = [];
    private readonly Lock _gate = new();
    private readonly FakeOpenAI _model;
    private readonly FakeHttpTool _tool;
    private string _config = "";
    private AppProcess? _app;

    private TeamCrashScene(FakeOpenAI model, FakeHttpTool tool)
    {
        (_model, _tool) = (model, tool);
        _model.Respond = Answer;
        _tool.Running = _ => ReachedAsync("running", "look");
    }

    public HttpClient Http => _app!.Http;

    public static async Task<TeamCrashScene> StartAsync(string mode = "coordinate")
    {
        var scene = new TeamCrashScene(await FakeOpenAI.StartNewAsync(), await FakeHttpTool.StartNewAsync());
        scene._config = scene._folder.Write("agents.yaml", scene.Config(mode));
        scene._app = await scene.StartAppAsync();
        return scene;
    }

    /// <summary>Asks for one kill when a model is about to answer (<c>asked</c>), has answered (<c>answered</c>), or the tool is <c>running</c>.</summary>
    public void KillAt(string moment, string work)
    {
        lock (_gate)
            _kills.Add((moment, work));
    }

    public int Times(string work) => work == "look" ? _tool.Calls("/look/spring") : _modelCalls.Count(w => w == work);

    /// <summary>How many different calls the tool saw: a repeated one has the key of the first.</summary>
    public int DifferentToolCalls => _tool.Requests.Select(r => r.Headers.GetValueOrDefault("idempotency-key")).Distinct().Count();

    /// <summary>Streams one run to its end, killing, restarting and resuming on the way; all frames in the order received.</summary>
    public async Task<List<SseFrame>> RunThroughCrashAsync()
    {
        var frames = new List<SseFrame>();
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/teams/newsroom/run/stream") { Content = JsonContent.Create(new { input = "spring" }) };
        while (!await SseClient.ReadAsync(Http, request, frames))
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

    public async Task<JsonNode> GetAsync(string path) => (await Http.GetFromJsonAsync<JsonNode>(path))!;

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
        await _model.DisposeAsync();
        await _tool.DisposeAsync();
        _folder.Dispose();
    }

    // Who asks is in the system prompt, how far it is in the conversation.
    private FakeReply Answer(JsonElement request)
    {
        var messages = request.GetProperty("messages").EnumerateArray().ToList();
        var who = messages[0].GetProperty("content").GetString()!;
        var input = messages[1].GetProperty("content").GetString()!;
        var answers = messages.Count(m => m.GetProperty("role").GetString() == "assistant");
        return (who, answers, input) switch
        {
            ("leader", 0, _) when messages.Count > 2 => Says("leader joins", "joined"),
            ("leader", 0, _) => Calls("leader 1", ("delegate_to_researcher", """{"task":"spring"}"""), ("delegate_to_writer", """{"task":"draft"}""")),
            ("leader", 1, _) => Calls("leader 2", ("delegate_to_writer", """{"task":"final"}""")),
            ("leader", _, _) => Says("leader 3", "published"),
            ("researcher", 0, _) => Calls("researcher 1", ("look", """{"what":"spring"}""")),
            ("researcher", _, _) => Says("researcher 2", "it is warm"),
            _ => Says($"writer {input}", $"{input} text"),
        };
    }

    private FakeReply Says(string work, string text) => Reply(work, [FakeOpenAI.Text(text)], "stop");

    private FakeReply Calls(string work, params (string Tool, string Arguments)[] calls) =>
        Reply(work, calls.Select((call, index) => FakeOpenAI.CallDelta(index, $"call_{work.Replace(' ', '_')}_{index}", call.Tool, call.Arguments)), "tool_calls");

    private FakeReply Reply(string work, IEnumerable<string> chunks, string finish)
    {
        _modelCalls.Enqueue(work);
        return FakeReply.Stream()
            .Then(() => ReachedAsync("asked", work))
            .Send(FakeOpenAI.Role()).Send([.. chunks]).Send(FakeOpenAI.Finish(finish), FakeOpenAI.Usage(), FakeOpenAI.Done)
            .Then(() => ReachedAsync("answered", work));
    }

    private async Task ReachedAsync(string moment, string work)
    {
        bool kill;
        lock (_gate)
            kill = _kills.Remove((moment, work));
        if (kill)
            await _app!.KillAsync();
    }

    private Task<AppProcess> StartAppAsync() => AppProcess.StartAsync(Path.Combine(_folder.Path, "data"), _config);

    private string Config(string mode) => $$"""
        models:
          fake: { provider: openai, base_url: "{{_model.BaseUrl}}", api_key: "test-key", model: news-model }
        tools:
          - name: look
            description: Looks something up.
            parameters: { type: object, properties: { what: { type: string } }, required: [what] }
            http: { method: GET, url: "{{_tool.Address}}/look/{what}" }
            effect: idempotent
        agents:
          - { name: researcher, model: fake, prompt: researcher, tools: [look] }
          - { name: writer, model: fake, prompt: writer }
        teams:
          - { name: newsroom, mode: {{mode}}, model: fake, prompt: leader, members: [researcher, writer] }
        """;
}
