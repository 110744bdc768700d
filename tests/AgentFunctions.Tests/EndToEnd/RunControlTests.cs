// Many runs at once, cancelling, limits, and what survives a kill, over the running executable.
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class RunControlTests : IAsyncLifetime
{
    private const string Config = """
        models:
          slow:
            provider: scripted
            model: slow-script
            script:
              - say: "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty"
                delay_ms: 1000
          quick:
            provider: scripted
            model: quick-script
            script:
              - say: "You said {input}."
          looping:
            provider: scripted
            model: looping-script
            script:
              - call: [{ tool: get_weather, arguments: { city: Paris } }]
        agents:
          - { name: slow, model: slow, prompt: Speak slowly. }
          - { name: echo, model: quick, prompt: Repeat. }
          - { name: looping, model: looping, prompt: Never stop., tools: [get_weather], max_steps: 3 }
          - { name: frugal, model: looping, prompt: Never stop., tools: [get_weather], max_steps: 50, budget: { tokens: 30 } }
        """;

    private readonly TempFolder _folder = new();
    private AppProcess? _app;

    private HttpClient Http => _app!.Http;

    public async Task InitializeAsync() => _app = await StartAsync();

    public async Task DisposeAsync()
    {
        await _app!.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Fifty_concurrent_runs_each_get_their_own_answer()
    {
        var answers = await Task.WhenAll(Enumerable.Range(1, 50).Select(n => RunAsync("echo", $"number {n}")));

        Assert.Equal(
            Enumerable.Range(1, 50).Select(n => $"You said number {n}."),
            answers.Select(a => (string?)a["content"]));
        Assert.Equal(50, answers.Select(a => (string?)a["run_id"]).Distinct().Count());
    }

    [Fact]
    public async Task Runs_of_one_session_take_turns_and_never_overlap()
    {
        var started = new List<string>();
        for (var n = 1; n <= 5; n++)
        {
            using var response = await Http.PostAsJsonAsync("/api/v1/agents/echo/run?wait=0", new { input = $"turn {n}", session_id = "ses-turns" });
            started.Add((string)(await response.Content.ReadFromJsonAsync<JsonObject>())!["run_id"]!);
        }

        var runs = new List<JsonObject>();
        foreach (var id in started)
            runs.Add(await EndOfAsync(id));
        runs.Sort((a, b) => ((DateTimeOffset)a["started_at"]!).CompareTo((DateTimeOffset)b["started_at"]!));

        for (var i = 1; i < runs.Count; i++)
            Assert.True((DateTimeOffset)runs[i]["started_at"]! >= (DateTimeOffset)runs[i - 1]["finished_at"]!, "Two runs of the session overlapped.");
    }

    [Fact]
    public async Task Cancelling_cuts_the_model_stream_and_ends_the_run_as_cancelled()
    {
        var frames = new List<SseFrame>();
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/agents/slow/run/stream") { Content = JsonContent.Create(new { input = "go" }) };
        Assert.True(await SseClient.ReadAsync(Http, request, frames, async frame =>
        {
            if (frame.Type != "token" || (int)frame.Data["index"]! != 0)
                return;
            using var cancel = await Http.PostAsync($"/api/v1/runs/{frames[0].Data["run_id"]}/cancel?reason=enough", null);
            Assert.Equal(HttpStatusCode.Accepted, cancel.StatusCode);
        }));

        Assert.Equal("cancelled", (string?)frames[^1].Data["status"]);
        Assert.Equal("enough", (string?)frames[^1].Data["cancellation_reason"]);
        Assert.True(frames.Count(f => f.Type == "token") < 20, "The stream was not cut.");
        var run = await EndOfAsync((string)frames[0].Data["run_id"]!);
        Assert.Equal("cancelled", (string?)run["status"]);
        Assert.Equal("cancelled", (string?)run["termination_reason"]);
    }

    [Fact]
    public async Task A_run_that_never_stops_by_itself_ends_at_max_steps()
    {
        var run = await RunAsync("looping", "go");

        Assert.Equal("completed", (string?)run["status"]);
        Assert.Equal("max_steps", (string?)run["termination_reason"]);
        Assert.Equal(3, (int)run["steps"]!);
    }

    [Fact]
    public async Task A_run_that_used_up_its_budget_ends_with_a_clear_error()
    {
        var run = await RunAsync("frugal", "go");

        Assert.Equal("error", (string?)run["status"]);
        Assert.Equal("budget_exceeded", (string?)run["termination_reason"]);
        Assert.Equal("BUDGET_EXCEEDED", (string?)run["error"]!["code"]);
    }

    [Fact]
    public async Task A_start_that_was_acknowledged_survives_a_kill()
    {
        using var accepted = await Http.PostAsJsonAsync("/api/v1/agents/echo/run?wait=0", new { input = "after the kill" });
        var runId = (string)(await accepted.Content.ReadFromJsonAsync<JsonObject>())!["run_id"]!;
        await _app!.KillAsync();

        await _app.DisposeAsync();
        _app = await StartAsync();

        Assert.Equal("You said after the kill.", (string?)(await EndOfAsync(runId))["content"]);
    }

    [Fact]
    public async Task A_stop_ends_open_streams_and_waits_in_good_order_and_their_runs_go_on_at_the_next_start()
    {
        var frames = new List<SseFrame>();
        var stop = Task.FromResult(-1);
        var waiting = Http.PostAsJsonAsync("/api/v1/agents/slow/run", new { input = "go" });
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/agents/slow/run/stream") { Content = JsonContent.Create(new { input = "go" }) };
        Assert.False(await SseClient.ReadAsync(Http, request, frames, frame =>
        {
            if (frame.Type == "token" && (int)frame.Data["index"]! == 0)
                stop = _app!.TerminateAsync();
            return Task.CompletedTask;
        }));

        Assert.Equal(0, await stop);
        Assert.Equal(HttpStatusCode.Accepted, (await waiting).StatusCode);
        await _app!.DisposeAsync();
        _app = await StartAsync();
        var runId = (string)frames[0].Data["run_id"]!;
        using var cancel = await Http.PostAsync($"/api/v1/runs/{runId}/cancel", null);
        Assert.Equal("cancelled", (string?)(await EndOfAsync(runId))["status"]);
    }

    [Fact]
    public async Task A_changed_agent_does_not_change_a_run_that_is_under_way()
    {
        using var accepted = await Http.PostAsJsonAsync("/api/v1/agents/slow/run?wait=0", new { input = "go" });
        var runId = (string)(await accepted.Content.ReadFromJsonAsync<JsonObject>())!["run_id"]!;
        await _app!.KillAsync();
        await _app.DisposeAsync();

        _app = await StartAsync(Config.Replace("one two three", "changed", StringComparison.Ordinal).Replace("delay_ms: 1000", "delay_ms: 1", StringComparison.Ordinal));
        using var cancel = await Http.PostAsync($"/api/v1/runs/{runId}/cancel", null);
        var messages = (await Http.GetFromJsonAsync<JsonObject>($"/api/v1/agents/slow"))!;
        var run = await EndOfAsync(runId);

        Assert.NotEqual((string?)messages["definition_hash"], await DefinitionHashInHistoryAsync(runId));
        Assert.Equal("cancelled", (string?)run["status"]);
    }

    [Fact]
    public async Task A_second_process_on_the_same_data_folder_is_refused_and_told_who_holds_it()
    {
        var (code, output) = await AppProcess.RunToEndAsync(["serve", "--data", Path.Combine(_folder.Path, "data"), "--urls", "http://127.0.0.1:0"]);

        Assert.Equal(2, code);
        Assert.Contains("in use by process", output);
        Assert.Contains("--data", output);
    }

    [Fact]
    public async Task The_run_command_streams_the_answer_and_draws_the_trace()
    {
        var config = Path.Combine(_folder.Path, "agents.yaml");
        var (code, output) = await AppProcess.RunToEndAsync(
            ["run", "looping", "go", "--config", config, "--data", Path.Combine(_folder.Path, "other")]);

        Assert.Equal(0, code);
        Assert.Contains("get_weather", output);
        Assert.Contains("invoke_agent looping", output);
        Assert.Contains("chat looping-script", output);
        Assert.Contains("tokens", output);
    }

    [Fact]
    public async Task A_mistake_in_the_configuration_ends_the_process_with_file_line_and_the_nearest_key()
    {
        var config = _folder.Write("wrong.yaml", "agents:\n  - name: a\n    modle: scripted/x\n    prompt: p\n");

        var (code, output) = await AppProcess.RunToEndAsync(["serve", "--config", config, "--data", Path.Combine(_folder.Path, "wrong")]);

        Assert.Equal(2, code);
        Assert.Contains("wrong.yaml:3", output);
        Assert.Contains("modle", output);
        Assert.Contains("model", output);
        Assert.DoesNotContain("   at ", output);
    }

    [Fact]
    public async Task Help_lists_the_commands_and_options()
    {
        var (code, output) = await AppProcess.RunToEndAsync(["--help"]);

        Assert.Equal(0, code);
        Assert.All(["serve", "run", "--config", "--data", "--urls"], word => Assert.Contains(word, output));
    }

    private Task<AppProcess> StartAsync(string config = Config) =>
        AppProcess.StartAsync(Path.Combine(_folder.Path, "data"), _folder.Write("agents.yaml", config));

    private async Task<JsonObject> RunAsync(string agent, string input)
    {
        using var response = await Http.PostAsJsonAsync($"/api/v1/agents/{agent}/run", new { input });
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    /// <summary>Waits for the run's last event, then reads the run.</summary>
    private async Task<JsonObject> EndOfAsync(string runId)
    {
        var frames = new List<SseFrame>();
        Assert.True(await SseClient.ReadAsync(Http, SseClient.Resume(runId, []), frames));
        return (await Http.GetFromJsonAsync<JsonObject>($"/api/v1/runs/{runId}"))!;
    }

    private async Task<string?> DefinitionHashInHistoryAsync(string runId)
    {
        var history = (await Http.GetFromJsonAsync<JsonObject>($"/api/v1/runs/{runId}/history"))!;
        var started = history["data"]!.AsArray().First(e => (string?)e!["EventType"] == "ExecutionStarted")!;
        var input = started["Input"]!;
        var start = input is JsonObject ? input : JsonNode.Parse((string)input!)!;
        return (string?)(start["DefinitionHash"] ?? start["definitionHash"] ?? start["definition_hash"]);
    }
}
