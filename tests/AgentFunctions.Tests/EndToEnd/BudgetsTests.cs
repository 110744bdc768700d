// Budgets over HTTP: limits of a run, and those that the runs of a session or a user share.
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.Fakes;

namespace AgentFunctions.Tests.EndToEnd;

/// <summary>One executable with budgets, and the model behind it.</summary>
public sealed class BudgetApp : IAsyncLifetime
{
    private readonly TempFolder _folder = new();

    internal FakeOpenAI Model { get; } = new();

    internal AppProcess App { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await Model.StartAsync();
        await StartAppAsync();
    }

    internal async Task StartAppAsync() =>
        App = await AppProcess.StartAsync(Path.Combine(_folder.Path, "data"), _folder.Write("agents.yaml", Config()));

    public async Task DisposeAsync()
    {
        await App.DisposeAsync();
        await Model.DisposeAsync();
        _folder.Dispose();
    }

    private string Config() => $$"""
        budgets:
          session: { tokens: 40 }
        models:
          gpt: { provider: openai, base_url: "{{Model.BaseUrl}}", api_key: k, model: gpt-priced, max_tokens: 5, max_retries: 0 }
          nameless: { provider: openai, base_url: "{{Model.BaseUrl}}", api_key: k, model: gpt-nameless }
        prices:
          openai/gpt-priced: { input: 100, output: 100 }
        agents:
          - { name: greeter, model: gpt, prompt: "{{new string('p', 98)}}", budgets: { user_per_day: { tokens: 200 } } }
          - { name: talker, model: gpt, prompt: Talk. }
          - { name: looper, model: gpt, prompt: Loop., tools: [get_weather] }
          - { name: payer, model: gpt, prompt: Pay., budgets: { user_per_day: { cost_usd: 0.004 } } }
          - { name: free, model: gpt, prompt: Loop., tools: [get_weather], budgets: { session: { tokens: 1000000 } } }
          - { name: roamer, model: gpt, prompt: Loop., tools: [get_weather], budgets: { session: { tokens: 1000000 } } }
          - { name: tight, model: gpt, prompt: Loop., tools: [get_weather], budget: { steps: 3 }, budgets: { session: { tokens: 1000000 } } }
        teams:
          - { name: pair, mode: broadcast, members: [free, roamer], budget: { tokens: 100 } }
          - { name: crew, model: gpt, prompt: Lead., members: [talker], budgets: { session: { tokens: 1000000 } } }
        workflows:
          - { name: twins, budget: { tokens: 100 }, steps: [ { id: both, parallel: { branches: [ { id: one, agent: free }, { id: two, agent: roamer } ], fail_fast: false } } ] }
        """;
}

public sealed class BudgetsTests(BudgetApp app) : IClassFixture<BudgetApp>
{
    // What FakeOpenAI reports of each call.
    private const int CallTokens = 25;

    private readonly FakeOpenAI _model = app.Model;
    private readonly int _before = app.Model.Requests.Count;

    private HttpClient Http => app.App.Http;

    private int Calls => _model.Requests.Count - _before;

    [Fact]
    public async Task R_CST_1_twenty_runs_of_a_user_at_once_pass_the_days_tokens_by_no_more_than_one_call()
    {
        // Each call is estimated at 30 tokens, so six fit into 200 at once; they answer when all six have come.
        var six = new CountdownEvent(6);
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _model.Respond = _ =>
        {
            if (!six.IsSet && six.Signal())
                arrived.TrySetResult();
            return FakeReply.Stream().Gate(arrived.Task).Send(FakeOpenAI.Role(), FakeOpenAI.Text("hi"), FakeOpenAI.Finish("stop"), FakeOpenAI.Usage(), FakeOpenAI.Done);
        };

        var runs = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => PostAsync("greeter", new { input = "hi", user_id = "ada" })));

        var calls = Calls;
        Assert.Equal(8, calls);
        Assert.Equal(calls, runs.Count(r => (string?)r.Body["status"] == "completed"));
        var stopped = runs.Where(r => (string?)r.Body["status"] == "error").Select(r => r.Body["error"]!).ToList();
        Assert.All(stopped, e => Assert.Equal(("BUDGET_EXCEEDED", "user", "tokens", 200L),
            ((string?)e["code"], (string?)e["details"]!["scope"], (string?)e["details"]!["kind"], (long)e["details"]!["limit"]!)));
        Assert.Equal(20 - calls, stopped.Count);
        Assert.Equal((calls * CallTokens, 0, 200), await TokensAsync("user_id=ada&agent_id=greeter"));
    }

    [Fact]
    public async Task R_CST_1_a_session_whose_budget_is_used_up_starts_no_more_runs_and_says_so()
    {
        _model.Respond = _ => FakeOpenAI.Answer("hi");
        for (var i = 0; i < 2; i++)
            Assert.Equal("completed", (string?)(await PostAsync("talker", new { input = "hi", session_id = "s1" })).Body["status"]);

        var refused = await PostAsync("talker", new { input = "hi", session_id = "s1" });

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.Status);
        var error = refused.Body["error"]!;
        Assert.Equal(("budget_exceeded", "The session's budget is used up: 50 of 40 tokens."), ((string?)error["code"], (string?)error["message"]));
        Assert.Equal("""{"scope":"session","kind":"tokens","limit":40,"used":50}""", error["details"]!.ToJsonString());
        Assert.Equal(2, Calls);
        Assert.Equal("completed", (string?)(await PostAsync("talker", new { input = "hi", session_id = "s2" })).Body["status"]);
    }

    [Fact]
    public async Task R_CST_1_a_run_in_the_middle_of_its_steps_stops_when_the_sessions_budget_is_used_up()
    {
        var run = await LoopAsync("looper", new { input = "hi", session_id = "s3" });

        Assert.Equal(("error", "budget_exceeded", 2), ((string?)run["status"], (string?)run["termination_reason"], (int)run["steps"]!));
        Assert.Equal("session", (string?)run["error"]!["details"]!["scope"]);
    }

    [Fact]
    public async Task R_CST_1_the_cost_of_a_user_is_limited_too()
    {
        _model.Respond = _ => FakeOpenAI.Answer("hi");

        // A call costs 0.0025 US dollars; the limit is 0.004.
        Assert.Equal("completed", (string?)(await PostAsync("payer", new { input = "hi", user_id = "bob" })).Body["status"]);
        Assert.Equal("completed", (string?)(await PostAsync("payer", new { input = "hi", user_id = "bob" })).Body["status"]);
        var refused = await PostAsync("payer", new { input = "hi", user_id = "bob" });

        Assert.Equal("The user's budget of today (UTC) is used up: 0.005 of 0.004 US dollars.", (string?)refused.Body["error"]!["message"]);
        Assert.Equal("completed", (string?)(await PostAsync("payer", new { input = "hi" })).Body["status"]);
    }

    [Fact]
    public async Task R_CST_1_a_shared_cost_limit_on_a_model_without_a_price_is_refused()
    {
        var refused = await PostAsync("payer", new { input = "hi", user_id = "eve", model = "nameless" });

        Assert.Equal((HttpStatusCode.BadRequest, "price_unknown"), (refused.Status, (string?)refused.Body["error"]!["code"]));
    }

    [Theory]
    [InlineData("""{ "steps": 2 }""", "steps", 2, 2)]
    [InlineData("""{ "tool_calls": 1 }""", "tool_calls", 2, 2)]
    [InlineData("""{ "tokens": 30 }""", "tokens", 2, 50)]
    public async Task R_CST_1_a_runs_own_limits_end_it_with_what_is_used_up(string budget, string kind, int steps, int used)
    {
        var run = await LoopAsync("free", new JsonObject { ["input"] = "hi", ["budget"] = JsonNode.Parse(budget) });

        Assert.Equal(("error", "budget_exceeded", "BUDGET_EXCEEDED", steps),
            ((string?)run["status"], (string?)run["termination_reason"], (string?)run["error"]!["code"], (int)run["steps"]!));
        Assert.Equal(("run", kind, used), ((string?)run["error"]!["details"]!["scope"], (string?)run["error"]!["details"]!["kind"], (int)run["error"]!["details"]!["used"]!));
    }

    [Fact]
    public async Task R_CST_1_a_step_that_asks_for_more_tool_calls_than_are_left_runs_none_of_them()
    {
        _model.Respond = _ => FakeReply.Stream().Send(
            FakeOpenAI.Role(), FakeOpenAI.CallDelta(0, "a", "get_weather", """{"city":"Oslo"}"""),
            FakeOpenAI.CallDelta(1, "b", "get_weather", """{"city":"Rome"}"""), FakeOpenAI.Finish("tool_calls"), FakeOpenAI.Usage(), FakeOpenAI.Done);

        var run = (await PostAsync("free", new { input = "hi", budget = new { tool_calls = 1 } })).Body;

        Assert.Equal("tool_calls", (string?)run["error"]!["details"]!["kind"]);
        var trace = await Http.GetStringAsync($"/api/v1/runs/{run["run_id"]}/trace");
        Assert.DoesNotContain("execute_tool", trace);
    }

    [Fact]
    public async Task R_CST_1_a_request_can_tighten_the_agents_budget_and_not_loosen_it()
    {
        var run = await LoopAsync("tight", new { input = "hi", budget = new { steps = 100, tokens = 1_000_000 } });
        Assert.Equal(("steps", 3), ((string?)run["error"]!["details"]!["kind"], (int)run["error"]!["details"]!["limit"]!));

        run = await LoopAsync("tight", new { input = "hi", budget = new { steps = 1 } });
        Assert.Equal(1, (int)run["error"]!["details"]!["limit"]!);
    }

    [Fact]
    public async Task R_CST_1_a_process_killed_during_a_model_call_counts_the_call_once_and_holds_nothing_back()
    {
        _model.Enqueue(FakeReply.Stream().Then(() => app.App.KillAsync()), FakeOpenAI.Answer("hi"));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => PostAsync("talker", new { input = "hi", session_id = "killed" }));
        await app.App.DisposeAsync();
        await app.StartAppAsync();

        var runs = await Http.GetFromJsonAsync<JsonObject>("/api/v1/sessions/killed/runs");
        var runId = (string)Assert.Single(runs!["data"]!.AsArray())!["run_id"]!;
        Assert.True(await SseClient.ReadAsync(Http, SseClient.Resume(runId, []), []));

        Assert.Equal((CallTokens, 0, 40), await TokensAsync("session_id=killed"));
    }

    [Fact]
    public async Task R_CST_1_a_run_that_waits_for_a_budget_can_be_cancelled()
    {
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _model.Respond = _ => FakeReply.Stream().Signal(called).Gate(held.Task).Send(FakeOpenAI.Text("hi"), FakeOpenAI.Finish("stop"), FakeOpenAI.Usage(), FakeOpenAI.Done);
        var first = PostAsync("greeter", new { input = new string('x', 700), user_id = "cat" });
        await called.Task.WaitAsync(TimeSpan.FromSeconds(30));

        // 175 of 200 tokens are reserved: the second run has to wait.
        var second = await PostAsync("greeter", new { input = "hi", user_id = "cat" }, "?wait=0");
        var runId = (string)second.Body["run_id"]!;
        using var cancelled = await Http.PostAsJsonAsync($"/api/v1/runs/{runId}/cancel", new { });
        Assert.True(await SseClient.ReadAsync(Http, SseClient.Resume(runId, []), []));
        held.SetResult();

        Assert.Equal("cancelled", (string?)(await Http.GetFromJsonAsync<JsonObject>($"/api/v1/runs/{runId}"))!["status"]);
        Assert.Equal("completed", (string?)(await first).Body["status"]);
        Assert.Equal(1, Calls);
    }

    [Fact]
    public async Task R_CST_1_what_a_teams_members_use_counts_to_the_session()
    {
        _model.Enqueue(FakeOpenAI.Call("c1", "delegate_to_talker", """{"task":"Greet."}"""), FakeOpenAI.Answer("hi"), FakeOpenAI.Answer("They greet."));

        var run = (await PostAsync("crew", new { input = "hi", session_id = "s9" }, route: "teams")).Body;

        Assert.Equal(("completed", 3L * CallTokens), ((string?)run["status"], (long)run["usage"]!["total_tokens"]!));
        Assert.Equal(3 * CallTokens, (await TokensAsync("session_id=s9")).Used);
    }

    [Theory]
    [InlineData("teams", "pair")]
    [InlineData("workflows", "twins")]
    public async Task R_CST_1_members_at_work_at_the_same_time_pass_their_parents_budget_by_no_more_than_one_call(string route, string name)
    {
        var run = await LoopAsync(name, new { input = "hi", session_id = name }, route);

        Assert.InRange((long)run["usage"]!["total_tokens"]!, 100, 100 + CallTokens);
        var members = (await Http.GetFromJsonAsync<JsonObject>($"/api/v1/runs?parent_run_id={run["run_id"]}"))!["data"]!.AsArray();
        Assert.Equal(2, members.Count);
        Assert.All(members, member => Assert.Equal(
            ("BUDGET_EXCEEDED", "parent", "tokens", 100), ((string?)member!["error"]!["code"], (string?)member["error"]!["details"]!["scope"],
                (string?)member["error"]!["details"]!["kind"], (int)member["error"]!["details"]!["limit"]!)));
        Assert.Contains("The budget of the run that it works for is used up", (string?)members[0]!["error"]!["message"]);
        await GoneAsync($"run:{run["run_id"]}");
    }

    [Fact]
    public async Task R_CST_1_a_run_that_its_users_budget_stops_holds_nothing_back_of_its_sessions()
    {
        _model.Respond = _ => FakeOpenAI.Answer("hi");
        for (var i = 0; i < 7; i++)
            await PostAsync("greeter", new { input = "hi", user_id = "dan" });
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _model.Respond = _ => FakeReply.Stream().Signal(called).Gate(held.Task).Send(FakeOpenAI.Text("hi"), FakeOpenAI.Finish("stop"), FakeOpenAI.Usage(), FakeOpenAI.Done);
        var last = PostAsync("greeter", new { input = "hi", user_id = "dan" });
        await called.Task.WaitAsync(TimeSpan.FromSeconds(30));

        // 175 of the day's 200 tokens are used and the rest is reserved: the run waits, until nothing is left.
        var waiting = (string)(await PostAsync("greeter", new { input = "hi", user_id = "dan", session_id = "held" }, "?wait=0")).Body["run_id"]!;
        held.SetResult();
        await last;
        Assert.True(await SseClient.ReadAsync(Http, SseClient.Resume(waiting, []), []));

        Assert.Equal("user", (string?)(await Http.GetFromJsonAsync<JsonObject>($"/api/v1/runs/{waiting}"))!["error"]!["details"]!["scope"]);
        Assert.Equal((0, 0, 40), await TokensAsync("session_id=held"));
    }

    [Fact]
    public async Task R_CST_1_budgets_of_nobody_are_a_bad_request()
    {
        using var response = await Http.GetAsync("/api/v1/budgets");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    /// <summary>A run whose model never stops calling a tool.</summary>
    private async Task<JsonObject> LoopAsync(string agent, object body, string route = "agents")
    {
        _model.Respond = request => FakeOpenAI.Call($"c{request.GetProperty("messages").GetArrayLength()}", "get_weather", """{"city":"Oslo"}""");
        return (await PostAsync(agent, body, route: route)).Body;
    }

    private async Task<(HttpStatusCode Status, JsonObject Body)> PostAsync(string agent, object body, string query = "", string route = "agents")
    {
        using var response = await Http.PostAsJsonAsync($"/api/v1/{route}/{agent}/run{query}", body);
        return (response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonObject>())!);
    }

    // It goes a moment after its run.
    private async Task GoneAsync(string account)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            using var response = await Http.GetAsync($"/runtime/webhooks/durabletask/entities/BudgetEntity/{Uri.EscapeDataString(account)}", limit.Token);
            if (response.StatusCode == HttpStatusCode.NotFound)
                return;
        }
    }

    private async Task<(int Used, int Reserved, int? Limit)> TokensAsync(string query)
    {
        var tokens = (await Http.GetFromJsonAsync<JsonObject>($"/api/v1/budgets?{query}"))!["data"]![0]!["tokens"]!;
        return ((int)tokens["used"]!, (int)tokens["reserved"]!, (int?)tokens["limit"]);
    }
}
