// Workflows over the running executable: every kind of step, what fails, and what can be seen of it.
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class WorkflowTests(WorkflowApp app) : IClassFixture<WorkflowApp>
{
    [Fact]
    public async Task Steps_run_in_their_order_and_hand_their_outputs_on()
    {
        var run = await app.RunAsync("report", "cats");

        Assert.Equal("completed", (string?)run["status"]);
        Assert.Equal("workflow", (string?)run["kind"]);
        Assert.Equal("<left of <draft cats>>+<right> <big>", (string?)run["content"]);
        Assert.True((long)run["usage"]!["total_tokens"]! > 0);
    }

    [Fact]
    public async Task A_loop_ends_when_its_condition_holds_and_the_last_output_is_the_answer()
    {
        var run = await app.RunAsync("refine", "x");

        Assert.Equal("<round 3>", (string?)run["content"]);
    }

    [Fact]
    public async Task A_loop_whose_condition_never_holds_ends_at_its_limit()
    {
        var run = await app.RunAsync("limited", "x");

        Assert.Equal(("completed", "<round 2>"), ((string?)run["status"], (string?)run["content"]));
    }

    [Fact]
    public async Task A_router_takes_the_route_that_an_answer_in_JSON_names()
    {
        var run = await app.RunAsync("desk", "x");

        Assert.Equal("<meow 7>", (string?)run["content"]);
    }

    [Fact]
    public async Task A_workflow_is_a_step_of_another_as_an_agent_is()
    {
        var run = await app.RunAsync("nested", "x");

        Assert.Equal("<<round 3>>", (string?)run["content"]);
    }

    [Fact]
    public async Task Tools_functions_and_conditions_of_code_are_steps()
    {
        var run = await app.RunAsync("pages", "home");

        Assert.Equal("<3 words>", (string?)run["content"]);
        Assert.Equal(1, app.Tool.Calls("/pages/home"));
    }

    [Fact]
    public async Task A_step_that_fails_is_tried_again_and_then_replaced_by_its_fallback()
    {
        var run = await app.RunAsync("stubborn", "x");

        Assert.Equal("<instead>", (string?)run["content"]);
        var steps = await app.StepsAsync(run);
        Assert.Equal(["error", "error", "error", "completed"], steps.Select(s => (string?)s!["status"]));
        Assert.Equal(["broken", "broken@2", "broken@3", "broken@fallback"], steps.Select(s => (string?)s!["path"]));
    }

    [Fact]
    public async Task A_failed_step_ends_the_run_in_error_and_is_named()
    {
        var run = await app.RunAsync("failing", "x");

        Assert.Equal("error", (string?)run["status"]);
        Assert.Equal("TOOL_ERROR", (string?)run["error"]!["code"]);
        Assert.Equal("inside", (string?)run["error"]!["details"]!["step"]);
        Assert.Equal("around/inside", (string?)run["error"]!["details"]!["path"]);
        Assert.DoesNotContain(await app.StepsAsync(run), s => (string?)s!["id"] == "after");
    }

    [Fact]
    public async Task A_step_that_takes_too_long_is_stopped_and_its_member_cancelled()
    {
        var run = await app.RunAsync("hasty", "x");

        Assert.Equal("<gave up>", (string?)run["content"]);
        var waited = (await app.StepsAsync(run))[0]!;
        Assert.Equal("STEP_TIMEOUT", (string?)waited["error"]!["code"]);
        Assert.Equal("cancelled", (string?)(await app.GetAsync($"/api/v1/runs/{waited["member_run_id"]}"))["status"]);
    }

    [Fact]
    public async Task A_step_that_takes_too_long_each_time_ends_the_run_in_error()
    {
        var run = await app.RunAsync("limited_time", "x");

        Assert.Equal(("error", "STEP_TIMEOUT"), ((string?)run["status"], (string?)run["error"]!["code"]));
        Assert.Equal("wait@2", (string?)run["error"]!["details"]!["path"]);
        Assert.Equal(["error", "error"], (await app.StepsAsync(run)).Select(s => (string?)s!["status"]));
    }

    [Theory]
    [InlineData("undecided_condition", "CONDITION_UNDECIDED", "'state.size > 2' is neither true nor false")]
    [InlineData("undecided_when", "CONDITION_UNDECIDED", "'state.size > 2' is neither true nor false")]
    [InlineData("undecided_loop", "CONDITION_UNDECIDED", "'state.size > 2' is neither true nor false")]
    [InlineData("no_route", "INVALID_CONFIG", "chose 'x', which is none of its routes (dogs)")]
    public async Task A_step_that_cannot_tell_which_way_to_go_ends_the_run_and_says_why(string workflow, string code, string problem)
    {
        var run = await app.RunAsync(workflow, "x");

        Assert.Equal(("error", code), ((string?)run["status"], (string?)run["error"]!["code"]));
        Assert.Contains(problem, (string?)run["error"]!["message"], StringComparison.Ordinal);
        Assert.Equal("odd", (string?)run["error"]!["details"]!["step"]);
        Assert.DoesNotContain(await app.StepsAsync(run), s => (string?)s!["id"] == "after");
    }

    [Fact]
    public async Task The_first_branch_that_fails_stops_the_others()
    {
        var run = await app.RunAsync("brittle", "x");

        Assert.Equal("error", (string?)run["status"]);
        Assert.Equal("broken", (string?)run["error"]!["details"]!["step"]);
        var branches = (await app.StepsAsync(run))[0]!["steps"]!.AsArray();
        Assert.Equal("cancelled", (string?)branches.Single(b => (string?)b!["id"] == "slow")!["status"]);
    }

    [Fact]
    public async Task A_run_stops_at_the_most_steps_that_its_workflow_may_take()
    {
        var run = await app.RunAsync("endless", "x");

        Assert.Equal("STEP_LIMIT", (string?)run["error"]!["code"]);
    }

    [Fact]
    public async Task Cancelling_a_run_cancels_its_members_and_keeps_what_is_done()
    {
        using var started = await app.Http.PostAsJsonAsync("/api/v1/workflows/patient/run?wait=0", new { input = "x" });
        var run = (await started.Content.ReadFromJsonAsync<JsonObject>())!;
        var frames = new List<SseFrame>();
        await SseClient.ReadAsync(app.Http, SseClient.Resume((string)run["run_id"]!, []), frames, async frame =>
        {
            if (frame.Type == "step" && (string?)frame.Data["id"] == "quick" && (string?)frame.Data["status"] == "completed")
                Assert.Equal(HttpStatusCode.Accepted, (await app.Http.PostAsync($"/api/v1/runs/{run["run_id"]}/cancel", null)).StatusCode);
        });

        var ended = await app.GetAsync($"/api/v1/runs/{run["run_id"]}");
        Assert.Equal("cancelled", (string?)ended["status"]);
        var branches = (await app.StepsAsync(ended))[0]!["steps"]!.AsArray();
        Assert.Equal("completed", (string?)branches.Single(b => (string?)b!["id"] == "quick")!["status"]);
        var slow = branches.Single(b => (string?)b!["id"] == "slow")!;
        Assert.Equal("cancelled", (string?)(await app.GetAsync($"/api/v1/runs/{slow["member_run_id"]}"))["status"]);
    }

    [Fact]
    public async Task The_steps_of_a_run_are_listed_as_a_tree()
    {
        var steps = await app.StepsAsync(await app.RunAsync("report", "cats"));

        Assert.Equal(["draft", "both", "note", "size", "never"], steps.Select(s => (string?)s!["id"]));
        Assert.Equal(["completed", "completed", "completed", "completed", "skipped"], steps.Select(s => (string?)s!["status"]));
        Assert.Equal(["left", "right"], steps[1]!["steps"]!.AsArray().Select(s => (string?)s!["id"]).Order());
        Assert.Equal("<draft cats>", (string?)steps[0]!["output"]);
    }

    [Fact]
    public async Task R_SSE_9_a_workflow_streams_its_steps_also_in_the_words_of_AgentOS()
    {
        var frames = new List<SseFrame>();
        Assert.True(await SseClient.ReadAsync(app.Http, Stream("report", ""), frames));
        var loop = new List<SseFrame>();
        await SseClient.ReadAsync(app.Http, Stream("refine", "?dialect=agentos"), loop);

        var own = frames.Where(f => f.Type == "step" && (int?)f.Data["depth"] == 0).Select(f => $"{f.Data["id"]} {f.Data["status"]}");
        Assert.Equal(
            ["draft started", "draft completed", "both started", "both completed", "note started", "note completed", "size started", "size completed", "never skipped"],
            own);
        Assert.Equal(3, loop.Count(f => f.Type == "LoopIterationStarted"));
        Assert.Equal(3, loop.Count(f => f.Type == "LoopIterationCompleted"));
        Assert.Single(loop, f => f.Type == "LoopExecutionCompleted");
    }

    [Fact]
    public async Task R_TR_8_the_trace_has_a_span_of_every_step_and_of_every_member_below_it()
    {
        var run = await app.RunAsync("report", "cats");
        var trace = await app.GetAsync($"/api/v1/traces/{run["trace_id"]}");

        var root = Assert.Single(trace["tree"]!.AsArray())!;
        Assert.Equal("invoke_workflow report", (string?)root["name"]);
        Assert.Equal(["step draft", "step both", "step note", "step size"], NamesOf(root));
        var both = root["children"]!.AsArray()[1]!;
        Assert.Equal(["step left", "step right"], NamesOf(both).Order());
        var delegation = Assert.Single(both["children"]![0]!["children"]!.AsArray())!;
        Assert.Equal("delegate echo", (string?)delegation["name"]);
        Assert.Equal("parallel", (string?)delegation["attributes"]!["agentfunctions.delegation.mode"]);
        Assert.Equal(["invoke_agent echo"], NamesOf(delegation));
    }

    [Fact]
    public async Task R_TR_14_traces_are_found_by_their_workflow()
    {
        var run = await app.RunAsync("desk", "x");
        var found = await app.GetAsync("/api/v1/traces?workflow_id=desk");
        var others = await app.GetAsync("/api/v1/traces?workflow_id=none");

        Assert.Contains(found["data"]!.AsArray(), t => (string?)t!["trace_id"] == (string?)run["trace_id"]);
        Assert.Empty(others["data"]!.AsArray());
    }

    [Fact]
    public async Task R_MET_3_the_time_that_workflows_take_is_measured()
    {
        await app.RunAsync("desk", "x");

        var metrics = await app.Http.GetStringAsync("/metrics");

        Assert.Contains(metrics.Split('\n'), line =>
            line.StartsWith("gen_ai_invoke_workflow_duration_seconds_count{", StringComparison.Ordinal) && line.Contains("\"desk\"", StringComparison.Ordinal));
    }

    private static HttpRequestMessage Stream(string workflow, string query) =>
        new(HttpMethod.Post, $"/api/v1/workflows/{workflow}/run/stream{query}") { Content = JsonContent.Create(new { input = "cats" }) };

    private static IEnumerable<string?> NamesOf(JsonNode span) => span["children"]!.AsArray().Select(child => (string?)child!["name"]);
}
