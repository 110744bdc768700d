// Hooks that nothing waits for, over HTTP on the running executable: durable, retried, given up, tried again; and the audit hook.
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Fakes;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class BackgroundHookTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private FakeHttpTool? _server;
    private AppProcess? _app;

    private HttpClient Http => _app!.Http;

    public async Task InitializeAsync()
    {
        _server = await FakeHttpTool.StartNewAsync();
        _app = await AppProcess.StartAsync(Path.Combine(_folder.Path, "data"), _folder.Write("agents.yaml", $$"""
            models:
              echo: { provider: scripted, model: echo-script, script: [{ say: "You said: {input}" }] }
            agents:
              - name: told
                model: echo
                prompt: Repeat.
                post_hooks: [{ hook: webhook, name: tell, url: "{{_server.Address}}/tell", background: true, attempts: 2 }]
              - name: audited
                model: echo
                prompt: Repeat.
                pre_hooks: [{ hook: max_length, max: 10 }]
                post_hooks: [{ hook: audit, background: true }]
            """));
    }

    public async Task DisposeAsync()
    {
        await _app!.DisposeAsync();
        await _server!.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task R_HK_4_a_background_hook_runs_after_the_end_and_nothing_waits_for_it()
    {
        var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _server!.Hold("/tell", opened.Task);

        var run = await RunAsync("told", "hello");
        await _server.Called("/tell").WaitAsync(EngineHost.Patience);

        Assert.Equal("completed", (string?)run["status"]);
        Assert.Equal("running", (string?)Assert.Single(await HooksAsync())["status"]);
        opened.SetResult();
        var hook = await UntilAsync("completed");
        Assert.Equal(((string?)run["run_id"], "tell"), ((string?)hook["run_id"], (string?)hook["hook"]));
        var told = _server.Single.Json;
        Assert.Equal(("completed", "You said: hello"), (told.GetProperty("status").GetString(), told.GetProperty("text").GetString()));
        var root = Assert.Single((await GetAsync($"/api/v1/runs/{run["run_id"]}/trace"))["tree"]!.AsArray())!;
        var span = Assert.Single(root["children"]!.AsArray(), s => (string?)s!["name"] == "hook tell")!;
        Assert.True((bool)span["attributes"]!["agentfunctions.hook.background"]!);
    }

    [Fact]
    public async Task R_HK_4_a_background_hook_is_retried_given_up_visibly_and_tried_again_when_asked()
    {
        _server!.Status = (int)HttpStatusCode.ServiceUnavailable;
        var run = await RunAsync("told", "hello");

        var dead = await UntilAsync("dead");

        Assert.Equal(2, _server.Calls("/tell"));
        Assert.Contains("http_503", (string?)dead["error"]!["message"]);
        Assert.Empty(await HooksAsync("completed"));
        Assert.Equal("completed", (string?)(await GetAsync($"/api/v1/runs/{run["run_id"]}"))["status"]);

        _server.Status = (int)HttpStatusCode.OK;
        Assert.Equal(HttpStatusCode.Accepted, await RetryAsync((string)dead["id"]!));
        await UntilAsync("completed");
        Assert.Equal(3, _server.CallsWithKey($"{run["run_id"]}:post_run:tell"));
        Assert.Equal(HttpStatusCode.Conflict, await RetryAsync((string)dead["id"]!));
        Assert.Equal(HttpStatusCode.NotFound, await RetryAsync("bg_unknown"));
    }

    [Fact]
    public async Task R_AP_2_an_audit_hook_puts_every_run_on_record_off_the_response_path()
    {
        var well = await RunAsync("audited", "hello");
        var refused = await RunAsync("audited", "much longer than ten characters");

        await EngineHost.UntilAsync(async () => (await EntriesAsync()).Count == 2);

        var entries = await EntriesAsync();
        Assert.Equal("completed", (string?)Of(entries, well)["details"]!["status"]);
        Assert.Equal("INPUT_CHECK", (string?)Of(entries, refused)["details"]!["error"]);
        Assert.DoesNotContain("hello", Of(entries, well).ToJsonString());
        Assert.True((bool)(await GetAsync("/api/v1/audit/verify"))["intact"]!);
    }

    private static JsonObject Of(List<JsonObject> entries, JsonObject run) => entries.Single(e => (string?)e["run_id"] == (string?)run["run_id"]);

    private async Task<List<JsonObject>> EntriesAsync() => await ListAsync("/api/v1/audit?kind=custom.run");

    private Task<List<JsonObject>> HooksAsync(string? status = null) => ListAsync("/api/v1/hooks/background" + (status is null ? "" : $"?status={status}"));

    private async Task<JsonObject> UntilAsync(string status)
    {
        await EngineHost.UntilAsync(async () => (await HooksAsync(status)).Count == 1);
        return Assert.Single(await HooksAsync(status));
    }

    private async Task<HttpStatusCode> RetryAsync(string id)
    {
        using var response = await Http.PostAsync($"/api/v1/hooks/background/{id}/retry", null);
        return response.StatusCode;
    }

    private async Task<List<JsonObject>> ListAsync(string path) => [.. (await GetAsync(path))["data"]!.AsArray().Select(item => item!.AsObject())];

    private async Task<JsonObject> GetAsync(string path) => (await Http.GetFromJsonAsync<JsonObject>(path))!;

    private async Task<JsonObject> RunAsync(string agent, string input)
    {
        using var response = await Http.PostAsJsonAsync($"/api/v1/agents/{agent}/run", new { input });
        return (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonObject>())!;
    }
}
