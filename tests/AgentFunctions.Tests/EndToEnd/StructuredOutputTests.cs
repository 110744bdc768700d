// Structured output over HTTP: what providers are asked for, what is checked, repaired and refused, and how runs end.
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.Fakes;

namespace AgentFunctions.Tests.EndToEnd;

/// <summary>One executable with agents that answer in JSON, and the providers behind them.</summary>
public sealed class OutputApp : IAsyncLifetime
{
    private readonly TempFolder _folder = new();

    internal FakeOpenAI OpenAI { get; } = new();

    internal FakeAnthropic Anthropic { get; } = new();

    internal AppProcess App { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await OpenAI.StartAsync();
        await Anthropic.StartAsync();
        await StartAppAsync();
    }

    internal async Task StartAppAsync() =>
        App = await AppProcess.StartAsync(Path.Combine(_folder.Path, "data"), _folder.Write("agents.yaml", Config));

    public async Task DisposeAsync()
    {
        await App.DisposeAsync();
        await OpenAI.DisposeAsync();
        await Anthropic.DisposeAsync();
        _folder.Dispose();
    }

    private string Config => $$"""
        models:
          gpt: { provider: openai, base_url: "{{OpenAI.BaseUrl}}", api_key: k, model: gpt-test, max_retries: 0 }
          claude: { provider: anthropic, base_url: "{{Anthropic.BaseUrl}}", api_key: k, model: claude-test, max_retries: 0 }
          script:
            provider: scripted
            script:
              - { when: "does not fit", say: '{"city":"Oslo","celsius":7}' }
              - { when: "wrong", say: '{"city":"Oslo"}' }
              - { say: '{"city":"{input}","celsius":21}' }
        agents:
          - { name: reporter, model: gpt, prompt: Report., output: &report { name: report, schema: &schema { type: object, properties: { city: { type: string }, celsius: { type: integer, maximum: 60 } } } } }
          - { name: caller, model: gpt, prompt: Report., tools: [get_weather], max_steps: 3, output: *report }
          - { name: native, model: gpt, prompt: Report., tools: [get_weather], output: { schema: *schema, native: true } }
          - { name: strict, model: gpt, prompt: Report., output: { schema: *schema, max_repairs: 0 } }
          - { name: thinker, model: claude, prompt: Report., output: *report }
          - { name: scripted, model: script, prompt: Report., output: *report }
        """;
}

public sealed class StructuredOutputTests(OutputApp app) : IClassFixture<OutputApp>
{
    private const string Good = """{"city":"Oslo","celsius":7}""";
    private const string Bad = """{"city":"Oslo","celsius":"cold"}""";

    private HttpClient Http => app.App.Http;

    [Fact]
    public async Task R_SO_1_a_run_answers_with_json_and_the_provider_is_asked_to_hold_the_model_to_the_schema()
    {
        app.OpenAI.Enqueue(FakeOpenAI.Answer("""{"city":""", "\"Oslo\",", "\"celsius\":7}"));

        var run = await RunAsync("reporter");

        Assert.Equal(("completed", "natural"), ((string?)run["status"], (string?)run["termination_reason"]));
        Assert.Equal(Good, run["output"]!.ToJsonString());
        Assert.Equal(Good, (string?)run["content"]);
        AssertJson("""
            {"type":"json_schema","json_schema":{"name":"report","strict":true,"schema":{"type":"object","additionalProperties":false,
              "properties":{"city":{"type":"string"},"celsius":{"type":"integer","maximum":60}},"required":["city","celsius"]}}}
            """, app.OpenAI.Requests.Last().Json.GetProperty("response_format"));
    }

    [Fact]
    public async Task R_SO_1_the_stream_ends_with_the_output_as_json()
    {
        app.OpenAI.Enqueue(FakeOpenAI.Answer(Good));

        var frames = new List<SseFrame>();
        Assert.True(await SseClient.ReadAsync(Http, new(HttpMethod.Post, "/api/v1/agents/reporter/run/stream") { Content = JsonContent.Create(new { input = "hi" }) }, frames));

        Assert.Equal("complete", frames[^1].Type);
        Assert.Equal(7, (int)frames[^1].Data["output"]!["celsius"]!);
    }

    [Fact]
    public async Task R_SO_1_tools_are_called_first_and_the_json_comes_last()
    {
        app.OpenAI.Enqueue(FakeOpenAI.Call("c1", "get_weather", """{"city":"Oslo"}"""), FakeOpenAI.Answer(Good));

        var run = await RunAsync("caller");

        Assert.Equal((Good, 2), (run["output"]!.ToJsonString(), (int)run["steps"]!));
        // Behind this address may be a server whose format keeps the model from its tools: the prompt asks for the JSON.
        var request = app.OpenAI.Requests.Last().Json;
        Assert.False(request.TryGetProperty("response_format", out _));
        Assert.Contains("additionalProperties", request.GetProperty("messages")[0].GetProperty("content").GetString());
    }

    [Fact]
    public async Task R_SO_1_native_true_sends_the_format_beside_tools_on_every_step()
    {
        var before = app.OpenAI.Requests.Count;
        app.OpenAI.Enqueue(FakeOpenAI.Call("c1", "get_weather", """{"city":"Oslo"}"""), FakeOpenAI.Answer(Good));

        await RunAsync("native");

        var requests = app.OpenAI.Requests.Skip(before).ToList();
        Assert.Equal(2, requests.Count);
        Assert.All(requests, r => Assert.Equal("json_schema", r.Json.GetProperty("response_format").GetProperty("type").GetString()));
        Assert.All(requests, r => Assert.Equal("Report.", r.Json.GetProperty("messages")[0].GetProperty("content").GetString()));
    }

    [Fact]
    public async Task R_SO_1_an_answer_that_does_not_fit_is_asked_for_again_in_a_step_and_span_of_its_own()
    {
        app.OpenAI.Enqueue(FakeOpenAI.Answer(Bad), FakeOpenAI.Answer(Good));

        var run = await RunAsync("reporter");

        Assert.Equal((Good, 2, "natural"), (run["output"]!.ToJsonString(), (int)run["steps"]!, (string?)run["termination_reason"]));
        var asked = app.OpenAI.Requests.Last().Json.GetProperty("messages").EnumerateArray().Last();
        Assert.Equal("user", asked.GetProperty("role").GetString());
        Assert.StartsWith("The JSON does not fit its schema: 'celsius' must be integer", asked.GetProperty("content").GetString());
        var chats = await ChatsAsync(run);
        Assert.Equal([false, true], chats.Select(c => (bool)c["agentfunctions.output.valid"]!));
        Assert.Equal([null, 1L], chats.Select(c => (long?)c["agentfunctions.output.repair"]));
        Assert.All(chats, c => Assert.Equal("json", (string?)c["gen_ai.output.type"]));
    }

    [Theory]
    [InlineData("no json at all", "The answer is not JSON")]
    [InlineData("""{"city":"Oslo"}""", "'celsius' is required")]
    [InlineData("""{"city":"Oslo","celsius":61}""", "'celsius' must be 60 or less")]
    [InlineData("""{"city":"Oslo","celsius":7,"wind":2}""", "'wind' is not known")]
    [InlineData("[]", "must be object")]
    [InlineData(" ", "The answer is empty")]
    public async Task R_SO_1_an_answer_that_never_fits_ends_the_run_in_error_with_the_reason(string answer, string problem)
    {
        app.OpenAI.Enqueue(FakeOpenAI.Answer(answer));

        var run = await RunAsync("strict");

        Assert.Equal(("error", "error", "OUTPUT_INVALID"), ((string?)run["status"], (string?)run["termination_reason"], (string?)run["error"]!["code"]));
        Assert.Contains(problem, (string?)run["error"]!["details"]!["problem"]);
        Assert.Equal(answer, (string?)run["error"]!["details"]!["text"]);
        Assert.Null(run["output"]);
    }

    [Fact]
    public async Task R_SO_1_repairs_are_bounded_and_what_the_error_quotes_is_cut()
    {
        var before = app.OpenAI.Requests.Count;
        var rambling = new string('x', 500);
        app.OpenAI.Enqueue(FakeOpenAI.Answer(rambling), FakeOpenAI.Answer(rambling), FakeOpenAI.Answer(rambling));

        var run = await RunAsync("reporter");

        Assert.Equal(("OUTPUT_INVALID", 2), ((string?)run["error"]!["code"], (int)run["error"]!["details"]!["repairs"]!));
        Assert.Equal(rambling[..200], (string?)run["error"]!["details"]!["text"]);
        Assert.Equal(3, app.OpenAI.Requests.Count - before);
    }

    [Fact]
    public async Task R_SO_1_json_in_a_fenced_block_is_taken()
    {
        app.OpenAI.Enqueue(FakeOpenAI.Answer($"```json\n{Good}\n```\n"));

        Assert.Equal(Good, (await RunAsync("strict"))["output"]!.ToJsonString());
    }

    [Fact]
    public async Task R_SO_1_anthropic_gets_its_own_format_with_limits_that_it_refuses_moved_into_descriptions()
    {
        app.Anthropic.Enqueue(FakeAnthropic.Answer(Good));

        var run = await RunAsync("thinker");

        Assert.Equal(7, (int)run["output"]!["celsius"]!);
        AssertJson("""
            {"format":{"type":"json_schema","schema":{"type":"object","additionalProperties":false,
              "properties":{"city":{"type":"string"},"celsius":{"type":"integer","description":"(maximum: 60)"}},"required":["city","celsius"]}}}
            """, app.Anthropic.Requests.Last().Json.GetProperty("output_config"));
    }

    [Fact]
    public async Task R_SO_1_a_scripted_model_can_answer_wrongly_and_repair()
    {
        Assert.Equal("Rome", (string?)(await RunAsync("scripted", "Rome"))["output"]!["city"]);
        Assert.Equal(2, (int)(await RunAsync("scripted", "Something wrong"))["steps"]!);
    }

    [Fact]
    public async Task R_HK_3_steps_that_are_used_up_without_json_are_max_steps_and_an_error()
    {
        var run = await RunAsync("caller", replies: [.. Enumerable.Range(1, 3).Select(i => FakeOpenAI.Call($"c{i}", "get_weather", """{"city":"Oslo"}"""))]);

        Assert.Equal(("error", "max_steps", "OUTPUT_INVALID"), ((string?)run["status"], (string?)run["termination_reason"], (string?)run["error"]!["code"]));
        Assert.Equal("max_steps", (string?)(await RootAsync(run))["agentfunctions.run.termination_reason"]);
    }

    [Fact]
    public async Task R_HK_3_a_run_with_output_that_ends_by_itself_is_natural_on_the_root_span()
    {
        var run = await RunAsync("reporter", replies: FakeOpenAI.Answer(Good));

        Assert.Equal("natural", (string?)(await RootAsync(run))["agentfunctions.run.termination_reason"]);
    }

    [Fact]
    public async Task An_agents_output_is_part_of_its_definition()
    {
        var agent = (await Http.GetFromJsonAsync<JsonObject>("/api/v1/agents/reporter"))!;

        Assert.Equal("report", (string?)agent["output"]!["name"]);
        Assert.Equal("object", (string?)agent["output"]!["schema"]!["type"]);
    }

    [Fact]
    public async Task R_SO_1_a_process_killed_during_a_repair_repeats_only_the_repair()
    {
        var before = app.OpenAI.Requests.Count;
        app.OpenAI.Enqueue(FakeOpenAI.Answer(Bad), FakeReply.Stream().Then(() => app.App.KillAsync()), FakeOpenAI.Answer(Good));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => Http.PostAsJsonAsync("/api/v1/agents/reporter/run", new { input = "hi", session_id = "killed" }));
        await app.App.DisposeAsync();
        await app.StartAppAsync();

        var runs = await Http.GetFromJsonAsync<JsonObject>("/api/v1/sessions/killed/runs");
        var runId = (string)Assert.Single(runs!["data"]!.AsArray())!["run_id"]!;
        Assert.True(await SseClient.ReadAsync(Http, SseClient.Resume(runId, []), []));

        var run = (await Http.GetFromJsonAsync<JsonObject>($"/api/v1/runs/{runId}"))!;
        Assert.Equal((Good, 2), (run["output"]!.ToJsonString(), (int)run["steps"]!));
        Assert.Equal([2, 4, 4], app.OpenAI.Requests.Skip(before).Select(r => r.Json.GetProperty("messages").GetArrayLength()));
    }

    private static void AssertJson(string expected, JsonElement actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual.GetRawText())), actual.GetRawText());

    private async Task<JsonObject> RunAsync(string agent, string input = "Weather in Oslo?", params FakeReply[] replies)
    {
        app.OpenAI.Enqueue(replies);
        using var response = await Http.PostAsJsonAsync($"/api/v1/agents/{agent}/run", new { input });
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private async Task<JsonNode> RootAsync(JsonObject run) =>
        (await Http.GetFromJsonAsync<JsonObject>($"/api/v1/runs/{run["run_id"]}/trace"))!["tree"]![0]!["attributes"]!;

    private async Task<List<JsonNode>> ChatsAsync(JsonObject run)
    {
        var trace = await Http.GetFromJsonAsync<JsonObject>($"/api/v1/runs/{run["run_id"]}/trace");
        return [.. trace!["tree"]![0]!["children"]!.AsArray().Select(c => c!["attributes"]!)];
    }
}
