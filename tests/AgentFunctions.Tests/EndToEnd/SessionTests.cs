// Sessions over the running executable: names, state, metadata, and copies.
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.Fakes;

namespace AgentFunctions.Tests.EndToEnd;

/// <summary>An app whose model is a fake that repeats what it was sent.</summary>
public sealed class SessionApp : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private FakeOpenAI? _model;
    private AppProcess? _app;

    internal FakeOpenAI Model => _model!;

    internal HttpClient Http => _app!.Http;

    public async Task InitializeAsync()
    {
        _model = await FakeOpenAI.StartNewAsync();
        _model.Respond = request =>
        {
            var messages = request.GetProperty("messages").EnumerateArray().ToList();
            var last = messages[^1];
            return last.GetProperty("role").GetString() == "user" && last.GetProperty("content").GetString()!.StartsWith("state", StringComparison.Ordinal)
                ? FakeOpenAI.Call("call_1", "read_session_state", "{}")
                : FakeOpenAI.Answer($"{messages.Count} messages, the last: {last.GetProperty("content").GetString()}");
        };
        _app = await AppProcess.StartAsync(Path.Combine(_folder.Path, "data"), _folder.Write("agents.yaml", $$"""
            models:
              fake: { provider: openai, base_url: "{{_model.BaseUrl}}", api_key: "test-key", model: fake-model }
            agents:
              - { name: echo, model: fake, prompt: Repeat., tools: [read_session_state] }
            """));
    }

    public async Task DisposeAsync()
    {
        await _app!.DisposeAsync();
        await _model!.DisposeAsync();
        _folder.Dispose();
    }
}

public sealed class SessionTests(SessionApp app) : IClassFixture<SessionApp>
{
    private HttpClient Http => app.Http;

    [Fact]
    public async Task A_session_has_a_name_a_state_and_metadata_that_each_stay_until_they_are_set_again()
    {
        await RunAsync("s-named", "hello");
        await PatchAsync("s-named", new { name = "Refunds", state = new { tier = "gold" }, metadata = new { ticket = 7 } });
        await PatchAsync("s-named", new { metadata = (object?)null });
        using (var renamed = await Http.PostAsJsonAsync("/api/v1/sessions/s-named/rename", new { name = "Refund of Ann" }))
            Assert.Equal(HttpStatusCode.OK, renamed.StatusCode);
        await RunAsync("s-named", "again");

        var session = await GetAsync("s-named");
        Assert.Equal(("Refund of Ann", "gold", null, 3, 2), ((string?)session["name"], (string?)session["state"]!["tier"], session["metadata"], (int)session["version"]!, (int)session["runs"]!));
    }

    [Fact]
    public async Task A_change_on_top_of_another_ones_change_is_412()
    {
        await RunAsync("s-etag", "hello");
        var first = await PatchAsync("s-etag", new { name = "one" }, "\"0\"");
        Assert.Equal((HttpStatusCode.OK, "\"1\""), (first.Status, first.ETag));
        var second = await PatchAsync("s-etag", new { name = "two" }, "\"0\"");

        Assert.Equal((HttpStatusCode.PreconditionFailed, "session_changed"), (second.Status, (string?)second.Body["error"]!["code"]));
        Assert.Equal("one", (string?)(await GetAsync("s-etag"))["name"]);
        Assert.Equal(HttpStatusCode.OK, (await PatchAsync("s-etag", new { name = "two" }, "\"1\"")).Status);
    }

    [Fact]
    public async Task Of_twenty_changes_at_once_on_one_version_one_is_made()
    {
        await RunAsync("s-race", "hello");
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => PatchAsync("s-race", new { state = new { n } }, "\"0\"")));
        Assert.Single(answers, a => a.Status == HttpStatusCode.OK);
        Assert.Equal(1, (int)(await GetAsync("s-race"))["version"]!);
    }

    [Theory]
    [InlineData("""{"nam":"x"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"state":[1]}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"name":7}""", HttpStatusCode.BadRequest)]
    [InlineData("""[]""", HttpStatusCode.BadRequest)]
    [InlineData("large", HttpStatusCode.RequestEntityTooLarge)]
    public async Task A_change_that_cannot_be_taken_is_refused(string body, HttpStatusCode status)
    {
        await RunAsync("s-refused", "hello");
        var text = body == "large" ? $$$"""{"state":{"text":"{{{new string('x', 256 * 1024)}}}"}}""" : body;
        using var response = await Http.PatchAsync("/api/v1/sessions/s-refused", new StringContent(text, null, "application/json"));
        Assert.Equal(status, response.StatusCode);
        Assert.Equal(0, (int)(await GetAsync("s-refused"))["version"]!);
    }

    [Fact]
    public async Task A_session_that_is_not_there_is_404()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await PatchAsync("s-none", new { name = "x" })).Status);
        using var fork = await Http.PostAsJsonAsync("/api/v1/sessions/s-none/fork", new { });
        Assert.Equal(HttpStatusCode.NotFound, fork.StatusCode);
    }

    [Fact]
    public async Task A_session_can_be_made_before_its_first_run()
    {
        var made = await CreateAsync(new { session_id = "s-made", name = "Refunds", user_id = "ann", state = new { language = "nn" }, metadata = new { ticket = 7 } });
        Assert.Equal((HttpStatusCode.Created, "\"0\"", "/api/v1/sessions/s-made"), (made.Status, made.ETag, made.Location));
        Assert.Equal((null, 0), (made.Body["agent_id"], (int)made.Body["runs"]!));
        Assert.Equal("s-made", (string?)Assert.Single((await Http.GetFromJsonAsync<JsonObject>("/api/v1/sessions?user_id=ann"))!["data"]!.AsArray())!["session_id"]);

        Assert.Contains("\"language\":\"nn\"", (string?)(await RunAsync("s-made", "state?"))["content"], StringComparison.Ordinal);
        var session = await GetAsync("s-made");
        Assert.Equal(("Refunds", "ann", "echo", 7, 1), ((string?)session["name"], (string?)session["user_id"], (string?)session["agent_id"], (int)session["metadata"]!["ticket"]!, (int)session["runs"]!));
    }

    [Fact]
    public async Task A_session_that_was_made_has_an_id_of_its_own_and_can_be_changed_and_deleted_without_a_run()
    {
        var id = (string)(await CreateAsync(new { })).Body["session_id"]!;
        Assert.StartsWith("ses_", id, StringComparison.Ordinal);
        Assert.Equal("\"1\"", (await PatchAsync(id, new { name = "x" }, "\"0\"")).ETag);
        using var deleted = await Http.DeleteAsync($"/api/v1/sessions/{id}");
        Assert.Equal((HttpStatusCode.OK, 1), (deleted.StatusCode, (int)(await deleted.Content.ReadFromJsonAsync<JsonObject>())!["sessions"]!));
        using var gone = await Http.GetAsync($"/api/v1/sessions/{id}");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task A_session_is_made_once_whoever_is_first()
    {
        var made = await Task.WhenAll(Enumerable.Range(0, 10).Select(n => CreateAsync(new { session_id = "s-once", name = $"{n}" })));
        var first = Assert.Single(made, m => m.Status == HttpStatusCode.Created);
        Assert.All(made.Where(m => m != first), m => Assert.Equal((HttpStatusCode.Conflict, "conflict"), (m.Status, (string?)m.Body["error"]!["code"])));
        Assert.Equal((string?)first.Body["name"], (string?)(await GetAsync("s-once"))["name"]);
        await RunAsync("s-begun", "hello");
        Assert.Equal(HttpStatusCode.Conflict, (await CreateAsync(new { session_id = "s-begun" })).Status);
    }

    [Theory]
    [InlineData("""{"session_name":"x"}""", "session_name")]
    [InlineData("""{"session_id":"a b"}""", "session_id")]
    [InlineData("""{"user_id":7}""", "user_id")]
    [InlineData("""[]""", "JSON object")]
    public async Task A_session_that_cannot_be_made_is_a_400_that_names_what_is_wrong(string body, string named)
    {
        using var response = await Http.PostAsync("/api/v1/sessions", new StringContent(body, null, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(named, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tool_reads_the_sessions_state()
    {
        await RunAsync("s-state", "hello");
        await PatchAsync("s-state", new { state = new { language = "nn" } });
        Assert.Contains("\"language\":\"nn\"", (string?)(await RunAsync("s-state", "state?"))["content"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fork_goes_on_from_the_chosen_run_and_leaves_the_original_alone()
    {
        var first = await RunAsync("s-fork", "one");
        await RunAsync("s-fork", "two");
        await PatchAsync("s-fork", new { name = "Talk", state = new { a = 1 } });
        var fork = await ForkAsync("s-fork", new { run_id = (string?)first["run_id"], session_id = "s-forked" });

        Assert.Equal(("s-forked", "Talk", "s-fork", 2), ((string?)fork["session_id"], (string?)fork["name"], (string?)fork["metadata"]!["forked_from_session_id"], (int)fork["metadata"]!["forked_from_message_index"]!));
        Assert.StartsWith("4 messages", (string?)(await RunAsync("s-forked", "three"))["content"], StringComparison.Ordinal); // system, one, its answer, three
        Assert.StartsWith("6 messages", (string?)(await RunAsync("s-fork", "four"))["content"], StringComparison.Ordinal);
        Assert.StartsWith("6 messages", (string?)(await RunAsync("s-forked", "five"))["content"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fork_of_a_long_conversation_has_the_same_window_as_its_original()
    {
        for (var n = 0; n < 22; n++)
            await RunAsync("s-long", $"turn {n}");
        await ForkAsync("s-long", new { session_id = "s-long-fork" });

        Assert.StartsWith("42 messages", (string?)(await RunAsync("s-long", "next"))["content"], StringComparison.Ordinal); // system, 40, next
        Assert.StartsWith("42 messages", (string?)(await RunAsync("s-long-fork", "next"))["content"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fork_at_a_message_never_cuts_a_tool_call_from_its_result()
    {
        await RunAsync("s-cut", "state?"); // user, call, result, answer
        using var cut = await Http.PostAsJsonAsync("/api/v1/sessions/s-cut/fork", new { message_index = 2 });
        Assert.Equal(HttpStatusCode.BadRequest, cut.StatusCode);
        Assert.Contains("use 1 or 3", await cut.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var beyond = await Http.PostAsJsonAsync("/api/v1/sessions/s-cut/fork", new { message_index = 9 });
        Assert.Equal(HttpStatusCode.BadRequest, beyond.StatusCode);

        var id = (string)(await ForkAsync("s-cut", new { message_index = 3 }))["session_id"]!;
        Assert.StartsWith("5 messages", (string?)(await RunAsync(id, "next"))["content"], StringComparison.Ordinal);
        using var again = await Http.PostAsJsonAsync("/api/v1/sessions/s-cut/fork", new { session_id = id });
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
    }

    [Fact]
    public async Task R_AP_2_changes_and_forks_are_on_record()
    {
        await RunAsync("s-audited", "hello");
        await PatchAsync("s-audited", new { name = "x" });
        await ForkAsync("s-audited", new { });
        var records = (await Http.GetFromJsonAsync<JsonObject>("/api/v1/audit?session_id=s-audited"))!["data"]!.AsArray();
        Assert.Equal(["session.forked", "session.changed"], records.Select(r => (string?)r!["kind"]));
    }

    private async Task<JsonObject> RunAsync(string session, string input)
    {
        using var response = await Http.PostAsJsonAsync("/api/v1/agents/echo/run", new { input, session_id = session });
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private async Task<(HttpStatusCode Status, string? ETag, string? Location, JsonObject Body)> CreateAsync(object body)
    {
        using var response = await Http.PostAsJsonAsync("/api/v1/sessions", body);
        return (response.StatusCode, response.Headers.ETag?.Tag, response.Headers.Location?.ToString(), (await response.Content.ReadFromJsonAsync<JsonObject>())!);
    }

    private async Task<JsonObject> GetAsync(string session) => (await Http.GetFromJsonAsync<JsonObject>($"/api/v1/sessions/{session}"))!;

    private async Task<JsonObject> ForkAsync(string session, object body)
    {
        using var response = await Http.PostAsJsonAsync($"/api/v1/sessions/{session}/fork", body);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private async Task<(HttpStatusCode Status, string? ETag, JsonObject Body)> PatchAsync(string session, object body, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"/api/v1/sessions/{session}") { Content = JsonContent.Create(body) };
        if (ifMatch is not null)
            request.Headers.IfMatch.Add(new EntityTagHeaderValue(ifMatch));
        using var response = await Http.SendAsync(request);
        return (response.StatusCode, response.Headers.ETag?.Tag, (await response.Content.ReadFromJsonAsync<JsonObject>())!);
    }
}
