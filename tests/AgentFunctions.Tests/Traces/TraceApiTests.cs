// The trace API over the running executable: lists, search, summary, statistics, files.
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.EndToEnd;

namespace AgentFunctions.Tests.Traces;

public sealed class TraceApiTests(TracedApp app) : IClassFixture<TracedApp>
{
    [Theory]
    [InlineData("", "broken echo weather")]
    [InlineData("agent_id=weather", "weather")]
    [InlineData("user_id=ann", "broken weather")]
    [InlineData("session_id=ses-2", "echo")]
    [InlineData("status=error", "broken")]
    [InlineData("status=ok", "echo weather")]
    [InlineData("status=running", "")]
    [InlineData("name=invoke_agent%20echo", "echo")]
    [InlineData("min_duration=1h", "")]
    [InlineData("min_duration=0", "broken echo weather")]
    [InlineData("from=2100-01-01T00:00:00Z", "")]
    [InlineData("to=2000-01-01", "")]
    [InlineData("team_id=t", "")]
    [InlineData("workflow_id=w", "")]
    [InlineData("user_id=ann&status=ok", "weather")]
    public async Task A_filter_leaves_its_traces_latest_first(string query, string agents)
    {
        var page = await app.GetAsync($"/api/v1/traces?{query}");

        Assert.Equal(agents, string.Join(' ', page["data"]!.AsArray().Select(t => (string?)t!["agent_id"])));
        Assert.Null(page["next_cursor"]);
    }

    [Fact]
    public async Task A_listed_trace_has_what_its_run_has()
    {
        var trace = Assert.Single((await app.GetAsync($"/api/v1/traces?run_id={app.Weather["run_id"]}"))["data"]!.AsArray())!;

        foreach (var member in new[] { "run_id", "trace_id", "session_id", "user_id", "agent_id" })
            Assert.Equal((string?)app.Weather[member], (string?)trace[member]);
        Assert.Equal(("invoke_agent weather", "ok"), ((string?)trace["name"], (string?)trace["status"]));
        Assert.Equal((4, 0), ((int)trace["total_spans"]!, (int)trace["error_count"]!));
        Assert.Equal((long)app.Weather["usage"]!["total_tokens"]!, (long)trace["usage"]!["total_tokens"]!);
        Assert.True((double)trace["duration_ms"]! > 0);
    }

    [Fact]
    public async Task Pages_follow_each_other_without_gap_or_repetition()
    {
        var seen = new List<string?>();
        string? cursor = null;
        do
        {
            var page = await app.GetAsync($"/api/v1/traces?limit=1{(cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}");
            seen.AddRange(page["data"]!.AsArray().Select(t => (string?)t!["agent_id"]));
            cursor = (string?)page["next_cursor"];
        }
        while (cursor is not null);

        Assert.Equal(["broken", "echo", "weather"], seen);
    }

    [Fact]
    public async Task Traces_and_spans_are_searched_by_a_filter()
    {
        var traces = await app.PostAsync("/api/v1/traces/search",
            """{"filter":{"op":"AND","conditions":[{"op":"EQ","key":"user_id","value":"ann"},{"op":"NOT","condition":{"op":"EQ","key":"status","value":"OK"}}]},"limit":5}""");
        var spans = await app.PostAsync("/api/v1/spans/search",
            """{"filter":{"op":"CONTAINS","key":"attributes.gen_ai.tool.call.arguments","value":"paris"},"from":"2020-01-01T00:00:00Z"}""");

        Assert.Equal(["broken"], traces["data"]!.AsArray().Select(t => (string?)t!["agent_id"]));
        Assert.Equal(["execute_tool get_weather"], spans["data"]!.AsArray().Select(s => (string?)s!["name"]));
    }

    [Fact]
    public async Task A_wrong_filter_is_refused_with_its_place_and_the_nearest_key()
    {
        using var response = await app.Http.PostAsync("/api/v1/traces/search", new StringContent("""{"filter":{"op":"OR","conditions":[{"op":"EQ","key":"sesion_id","value":"x"}]}}"""));
        var error = (await response.Content.ReadFromJsonAsync<JsonObject>())!["error"]!;

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (response.StatusCode, (string?)error["code"]));
        Assert.Equal("$.conditions[0].key", (string?)error["details"]!["path"]);
        Assert.Contains("did you mean 'session_id'?", (string?)error["message"]);
    }

    [Theory]
    [InlineData("type=llm&agent_id=weather", 2)]
    [InlineData("type=TOOL", 1)]
    [InlineData("status=error&type=LLM", 1)]
    [InlineData("model=calling-script&type=LLM", 2)]
    [InlineData("name=execute_tool%20get_weather&user_id=ann", 1)]
    [InlineData("min_duration=1h", 0)]
    [InlineData("limit=2", 2)]
    public async Task Spans_are_listed_by_filters(string query, int count) =>
        Assert.Equal(count, (await app.GetAsync($"/api/v1/spans?{query}"))["data"]!.AsArray().Count);

    [Fact]
    public async Task The_summary_says_where_the_time_went()
    {
        var summary = await app.GetAsync($"/api/v1/traces/{app.Weather["trace_id"]}/summary");

        var rows = summary["operations"]!.AsArray();
        Assert.Equal(["chat calling-script", "execute_tool get_weather", "invoke_agent weather"], rows.Select(r => (string)r!["operation"]!).Order());
        Assert.All(rows, r => Assert.Equal("weather", (string?)r!["agent"]));
        Assert.Equal(2, (int)rows.Single(r => (string?)r!["type"] == "LLM")!["calls"]!);
        Assert.InRange(rows.Sum(r => (double)r!["share_percent"]!), 99.9, 100.1);
        Assert.Equal(4, (int)summary["total_spans"]!);
    }

    [Fact]
    public async Task Statistics_group_spans_by_two_keys_in_the_order_asked_for()
    {
        var rows = (await app.GetAsync("/api/v1/stats/spans?by=name,agent&sort_by=error_count&sort_order=desc"))["data"]!.AsArray();

        Assert.Equal(1, (int)rows[0]!["error_count"]!);
        var chat = rows.Single(r => (string?)r!["name"] == "chat calling-script")!;
        Assert.Equal(("weather", "LLM", 2), ((string?)chat["agent_id"], (string?)chat["type"], (int)chat["total_calls"]!));
        Assert.True((double)chat["p95_duration_ms"]! >= (double)chat["p50_duration_ms"]!);
    }

    [Fact]
    public async Task Statistics_of_runs_and_sessions_count_runs()
    {
        var runs = (await app.GetAsync("/api/v1/stats/runs?by=user"))["data"]!.AsArray();
        var sessions = (await app.GetAsync("/api/v1/stats/sessions?sort_by=total_calls"))["data"]!.AsArray();

        Assert.Equal(["ann 2 1", "bob 1 0"], runs.Select(r => $"{r!["user_id"]} {r["total_calls"]} {r["error_count"]}"));
        Assert.Equal(["ses-1 2", "ses-2 1"], sessions.Select(r => $"{r!["session_id"]} {r["total_calls"]}"));
        Assert.True((DateTimeOffset)sessions[0]!["first_called_at"]! < (DateTimeOffset)sessions[0]!["last_called_at"]!);
    }

    [Fact]
    public async Task Costs_count_calls_of_models_and_have_a_total()
    {
        var costs = await app.GetAsync("/api/v1/stats/costs?by=model");

        Assert.Equal(["away-model 1", "calling-script 2", "quick-script 1"], costs["data"]!.AsArray().Select(r => $"{r!["model"]} {r["total_calls"]}").Order());
        Assert.Equal((4, (int)costs["total"]!["total_calls"]!), (costs["data"]!.AsArray().Sum(r => (int)r!["total_calls"]!), 4));
        Assert.Equal((int)costs["total"]!["unpriced_calls"]! == 0, (bool)costs["total"]!["cost_is_complete"]!);
    }

    [Theory]
    [InlineData("jsonl")]
    [InlineData("otlp")]
    public async Task Exported_traces_are_the_same_in_another_app(string format)
    {
        var file = await app.Http.GetByteArrayAsync($"/api/v1/traces/export?format={format}");
        using var folder = new TempFolder();
        await using var other = await AppProcess.StartAsync(folder.Path);

        for (var times = 1; times <= 2; times++)
        {
            using var imported = await other.Http.PostAsync("/api/v1/traces/import", new ByteArrayContent(file));
            Assert.Equal(8, (int)(await imported.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonObject>())!["spans"]!);
        }

        Assert.Equal(file, await other.Http.GetByteArrayAsync($"/api/v1/traces/export?format={format}"));
    }

    [Fact]
    public async Task One_trace_is_one_OTLP_document()
    {
        var document = await app.GetAsync($"/api/v1/traces/{app.Weather["trace_id"]}/export?format=otlp");

        var spans = document["resourceSpans"]![0]!["scopeSpans"]![0]!["spans"]!.AsArray();
        Assert.Equal(4, spans.Count);
        Assert.All(spans, s => Assert.Equal((string?)app.Weather["trace_id"], (string?)s!["traceId"]));
    }

    [Fact]
    public async Task A_bad_line_of_an_import_is_a_400_with_its_number()
    {
        using var response = await app.Http.PostAsync("/api/v1/traces/import", new StringContent("\n{}\n"));
        var error = (await response.Content.ReadFromJsonAsync<JsonObject>())!["error"]!;

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal((2, 0), ((int)error["details"]!["line"]!, (int)error["details"]!["imported"]!));
    }

    [Theory]
    [InlineData("/api/v1/traces?status=done", 400)]
    [InlineData("/api/v1/traces?min_duration=long", 400)]
    [InlineData("/api/v1/traces?limit=201", 400)]
    [InlineData("/api/v1/traces?cursor=x", 400)]
    [InlineData("/api/v1/traces?cursor=run.x", 400)]
    [InlineData("/api/v1/traces?cursor=trace.x", 400)]
    [InlineData("/api/v1/spans?status=running", 400)]
    [InlineData("/api/v1/spans?limit=1001", 400)]
    [InlineData("/api/v1/spans?cursor=x", 400)]
    [InlineData("/api/v1/stats/spans?by=colour", 400)]
    [InlineData("/api/v1/stats/spans?by=name,agent,day", 400)]
    [InlineData("/api/v1/stats/spans?by=name,name", 400)]
    [InlineData("/api/v1/stats/spans?sort_by=speed", 400)]
    [InlineData("/api/v1/stats/spans?sort_order=up", 400)]
    [InlineData("/api/v1/stats/runs?from=2026-01-02&to=2026-01-01", 400)]
    [InlineData("/api/v1/stats/costs?from=2025-01-01&to=2026-01-01", 400)]
    [InlineData("/api/v1/stats/sessions?by=agent", 400)]
    [InlineData("/api/v1/traces/export?format=xml", 400)]
    [InlineData("/api/v1/traces/00000000000000000000000000000001", 404)]
    [InlineData("/api/v1/traces/00000000000000000000000000000001/summary", 404)]
    [InlineData("/api/v1/traces/00000000000000000000000000000001/export", 404)]
    public async Task What_cannot_be_answered_is_refused_in_the_one_shape(string path, int status)
    {
        using var response = await app.Http.GetAsync(path);

        Assert.Equal(status, (int)response.StatusCode);
        var error = JsonSerializer.Deserialize<JsonObject>(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal(status == 404 ? "trace_not_found" : "invalid_request", (string?)error["code"]);
        Assert.NotEqual("", (string)error["message"]!);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"filters":{}}""")]
    [InlineData("""{"limit":"many"}""")]
    [InlineData("""{"limit":201}""")]
    [InlineData("""{"from":5}""")]
    [InlineData("""{"to":"later"}""")]
    [InlineData("""{"cursor":"x"}""")]
    [InlineData("""{"filter":[]}""")]
    public async Task A_search_that_cannot_be_read_is_refused(string body)
    {
        using var response = await app.Http.PostAsync("/api/v1/traces/search", new StringContent(body));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("invalid_request", (string?)(await response.Content.ReadFromJsonAsync<JsonObject>())!["error"]!["code"]);
    }
}
