// What the running executable logs of a run, as JSON lines.
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.EndToEnd;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Fakes;

namespace AgentFunctions.Tests.Logging;

public sealed class RunLogTests : IAsyncLifetime
{
    private const string Secret = "crimson-walrus-77";

    private readonly TempFolder _folder = new();
    private FakeOpenAI _model = null!;
    private FakeHttpTool _tool = null!;

    public async Task InitializeAsync() => (_model, _tool) = (await FakeOpenAI.StartNewAsync(), await FakeHttpTool.StartNewAsync());

    public async Task DisposeAsync()
    {
        await _model.DisposeAsync();
        await _tool.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Orchestrator_lines_are_written_once_and_name_the_run_and_its_trace()
    {
        await using var app = await StartAsync("information");
        AnswerWithATool();
        var run = await RunAsync(app);
        // The orchestrator's last words come after the answer.
        await EngineHost.UntilAsync(() => Task.FromResult(app.Output.Contains("\"event_id\":1303")));
        await app.TerminateAsync();

        var lines = Lines(app);
        var began = Assert.Single(lines, line => (int)line["event_id"]! == 1301);
        var ended = Assert.Single(lines, line => (int)line["event_id"]! == 1303);
        Assert.All(new[] { began, ended }, line =>
        {
            Assert.Equal((string?)run["run_id"], (string?)line["run_id"]);
            Assert.Equal((string?)run["trace_id"], (string?)line["trace_id"]);
            Assert.Equal("walker", (string?)line["agent_id"]);
            Assert.Equal((string?)run["session_id"], (string?)line["session_id"]);
            Assert.NotNull(line["span_id"]);
        });
    }

    [Fact]
    public async Task Lines_of_a_step_name_the_run_the_step_and_the_trace()
    {
        await using var app = await StartAsync("debug");
        AnswerWithATool();
        var run = await RunAsync(app);
        await app.TerminateAsync();

        var steps = Lines(app).Where(line => (int)line["event_id"]! is >= 1311 and <= 1314).ToList();
        Assert.Equal([1311, 1312, 1313, 1314, 1311, 1312], steps.Select(line => (int)line["event_id"]!));
        Assert.Equal([1, 1, 1, 1, 2, 2], steps.Select(line => (int)line["step"]!));
        Assert.All(steps, line => Assert.Equal((string?)run["run_id"], (string?)line["run_id"]));
        Assert.All(steps, line => Assert.Equal((string?)run["trace_id"], (string?)line["trace_id"]));
        Assert.All(steps.Skip(2).Take(2), line => Assert.Equal("call_1", (string?)line["tool_call_id"]));
    }

    [Theory]
    [InlineData("debug", false)]
    [InlineData("trace", true)]
    public async Task What_people_models_and_tools_say_is_logged_at_level_trace_only(string level, bool isShown)
    {
        await using var app = await StartAsync(level);
        AnswerWithATool();
        await RunAsync(app);
        _model.Enqueue(FakeReply.Error(400, $$$"""{"error":{"message":"cannot answer {{{Secret}}}","type":"invalid_request_error"}}"""));
        var failed = await RunAsync(app);
        await app.TerminateAsync();

        Assert.Equal("error", (string?)failed["status"]);
        var shown = Lines(app).Where(line => line.ToJsonString().Contains(Secret)).ToList();
        Assert.All(shown, line => Assert.Equal("trace", (string?)line["level"]));
        Assert.Equal(isShown ? [1321, 1322, 1323, 1324] : [], shown.Select(line => (int)line["event_id"]!).Where(id => id > 0).Distinct().Order());
    }

    [Fact]
    public async Task Text_is_the_default_and_says_nothing_of_a_run_that_goes_well()
    {
        await using var app = await AppProcess.StartAsync(Path.Combine(_folder.Path, "data"), Config());
        AnswerWithATool();
        await RunAsync(app);
        await app.TerminateAsync();

        Assert.EndsWith("ready\n", app.Output);
    }

    private void AnswerWithATool()
    {
        _tool.Respond = _ => new { seen = Secret };
        _model.Enqueue(FakeOpenAI.Call("call_1", "look", $$"""{"where":"{{Secret}}"}"""), FakeOpenAI.Answer("It is ", Secret, "."));
    }

    private Task<AppProcess> StartAsync(string level) => AppProcess.StartAsync(Path.Combine(_folder.Path, "data"), Config(), new Dictionary<string, string>
    {
        ["AGENTFUNCTIONS_LOG_FORMAT"] = "json",
        ["AGENTFUNCTIONS_LOG_LEVEL"] = level,
    });

    private string Config() => _folder.Write("agents.yaml", $$"""
        models:
          far: { provider: openai, model: gpt-test, base_url: "{{_model.BaseUrl}}", api_key: sk-test, max_retries: 0 }
        tools:
          - name: look
            description: Looks.
            parameters: { type: object, properties: { where: { type: string } }, required: [where] }
            http: { method: POST, url: "{{_tool.Address}}/look" }
            effect: pure
        agents:
          - { name: walker, model: far, prompt: "Walk like {{Secret}}.", tools: [look] }
        """);

    private static async Task<JsonObject> RunAsync(AppProcess app)
    {
        using var response = await app.Http.PostAsJsonAsync("/api/v1/agents/walker/run", new { input = $"Where is {Secret}?" });
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    // The banner is beside them, on the other stream.
    private static List<JsonObject> Lines(AppProcess app) =>
        [.. app.Output.Split('\n').Where(line => line.StartsWith('{')).Select(line => JsonNode.Parse(line)!.AsObject())];
}
