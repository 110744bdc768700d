// Kills the real process while a hook is being asked, and between the end of a run and its background hook.
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Fakes;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class HookCrashTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly Lock _gate = new();
    private FakeOpenAI? _model;
    private FakeHttpTool? _hooks;
    private AppProcess? _app;
    private string _config = "";
    private string? _kill;
    private bool _killed;

    public async Task InitializeAsync()
    {
        _model = await FakeOpenAI.StartNewAsync();
        _model.Respond = _ => FakeOpenAI.Answer("well", " done");
        _hooks = await FakeHttpTool.StartNewAsync();
        _hooks.Respond = request => request.Path switch
        {
            "/pre" => new { action = "replace", text = "do it" },
            "/post" => new { action = "replace", text = "WELL DONE" },
            _ => new { },
        };
        _hooks.Running = request => ReachedAsync(request.Path);
        _config = _folder.Write("agents.yaml", $$"""
            models: { fake: { provider: openai, base_url: "{{_model.BaseUrl}}", api_key: k, model: fake } }
            agents:
              - name: hooked
                model: fake
                prompt: Work.
                pre_hooks: [{ hook: max_length, max: 100 }, { hook: webhook, name: pre, url: "{{_hooks.Address}}/pre" }]
                post_hooks:
                  - { hook: webhook, name: post, url: "{{_hooks.Address}}/post" }
                  - { hook: webhook, name: later, url: "{{_hooks.Address}}/later", background: true }
                  - { hook: audit, background: true }
            """);
        _app = await StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _app!.DisposeAsync();
        await _hooks!.DisposeAsync();
        await _model!.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("/pre")]
    [InlineData("/post")]
    [InlineData("/later")]
    [InlineData("complete seen")]
    public async Task R_HK_4_a_run_killed_at_a_hook_ends_as_without_the_kill(string boundary)
    {
        _kill = boundary;

        var frames = await RunThroughCrashAsync();

        Assert.Equal("WELL DONE", (string?)frames[^1].Data["output"]);
        Assert.Equal(Enumerable.Range(1, frames.Count).Select(n => (long)n), frames.Select(f => f.Id));
        var runId = (string)frames[0].Data["run_id"]!;
        await AssertBackgroundHooksRunAsync(runId, boundary);
        Assert.Single(_model!.Requests);
        Assert.Equal(boundary == "/pre" ? 2 : 1, _hooks!.CallsWithKey($"{runId}:pre_run:pre"));
        Assert.Equal(boundary == "/post" ? 2 : 1, _hooks.CallsWithKey($"{runId}:post_run:post"));
        await AssertTraceIsWholeAsync(runId);
    }

    private async Task AssertBackgroundHooksRunAsync(string runId, string boundary)
    {
        await ReviveAsync();
        await EngineHost.UntilAsync(async () => (await GetAsync("/api/v1/hooks/background?status=completed"))["data"]!.AsArray().Count == 2);
        Assert.InRange(_hooks!.CallsWithKey($"{runId}:post_run:later"), boundary == "/later" ? 2 : 1, boundary is "/later" or "complete seen" ? 2 : 1);
        Assert.Single((await GetAsync($"/api/v1/audit?run_id={runId}"))["data"]!.AsArray());
    }

    private async Task AssertTraceIsWholeAsync(string runId)
    {
        var root = Assert.Single((await GetAsync($"/api/v1/runs/{runId}/trace"))["tree"]!.AsArray())!;
        Assert.Equal(["chat fake", "guardrail max_length", "hook audit", "hook later", "hook post", "hook pre"],
            root["children"]!.AsArray().Select(span => (string)span!["name"]!).Order());
    }

    private async Task<List<SseFrame>> RunThroughCrashAsync()
    {
        var frames = new List<SseFrame>();
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/agents/hooked/run/stream") { Content = JsonContent.Create(new { input = "Work, please." }) };
        while (!await SseClient.ReadAsync(_app!.Http, request, frames, f => f.Type == "complete" ? ReachedAsync("complete seen") : Task.CompletedTask))
        {
            await ReviveAsync();
            request = SseClient.Resume((string)frames[0].Data["run_id"]!, frames);
        }

        return frames;
    }

    // The kill of a background hook may come while nothing is read.
    private async Task ReviveAsync()
    {
        await EngineHost.UntilAsync(() =>
        {
            lock (_gate)
                return Task.FromResult(_kill is null);
        });
        if (!_killed)
            return;
        _killed = false;
        await _app!.WaitForExitAsync();
        await _app.DisposeAsync();
        _app = await StartAsync();
    }

    private async Task ReachedAsync(string boundary)
    {
        lock (_gate)
        {
            if (_kill != boundary)
                return;
            (_kill, _killed) = (null, true);
        }

        await _app!.KillAsync();
    }

    private async Task<JsonObject> GetAsync(string path) => (await _app!.Http.GetFromJsonAsync<JsonObject>(path))!;

    private Task<AppProcess> StartAsync() => AppProcess.StartAsync(Path.Combine(_folder.Path, "data"), _config);
}
