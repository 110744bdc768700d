// Steps that wait for people, over the running executable.
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class WorkflowPersonTests(WorkflowApp app) : IClassFixture<WorkflowApp>
{
    [Fact]
    public async Task R_AP_1_a_step_waits_for_a_person_whose_no_has_the_step_before_done_again_with_the_note()
    {
        var asked = await RunUntilAskedAsync("asks");
        Assert.Equal("Send <draft >?", (string?)asked["context"]!["prompt"]);
        Assert.Equal("workflow", (string?)asked["source_type"]);
        Assert.Equal("paused", (string?)(await app.GetAsync($"/api/v1/runs/{asked["run_id"]}"))["status"]);

        await ResolveAsync(asked, new { status = "rejected", resolved_by = "ann", note = "shorter" });
        var again = await AskedAsync((string)asked["run_id"]!, 2);
        Assert.Equal("Send <draft shorter>?", (string?)again["context"]!["prompt"]);
        await ResolveAsync(again, new { status = "approved", resolved_by = "ann" });

        var run = await EndAsync(asked);
        Assert.Equal("completed", (string?)run["status"]);
        Assert.Equal("<sent <draft shorter>>", (string?)run["content"]);
    }

    [Fact]
    public async Task R_AP_1_a_no_cancels_the_run_where_the_step_says_so()
    {
        var asked = await RunUntilAskedAsync("asks_once");
        await ResolveAsync(asked, new { status = "rejected", resolved_by = "ann" });

        var run = await EndAsync(asked);

        Assert.Equal("cancelled", (string?)run["status"]);
        Assert.DoesNotContain(await app.StepsAsync(run), s => (string?)s!["id"] == "after");
    }

    [Theory]
    [InlineData("approved", "<late>")]
    [InlineData("rejected", "<<instead>>")]
    public async Task R_AP_1_what_a_person_fills_in_is_the_output_and_a_no_has_steps_of_its_own(string decision, string answer)
    {
        var asked = await RunUntilAskedAsync("asks_else");
        await ResolveAsync(asked, decision == "approved"
            ? (object)new { status = decision, resolved_by = "ann", resolution_data = new { values = new { reason = "late" } } }
            : new { status = decision, resolved_by = "ann" });

        Assert.Equal(answer, (string?)(await EndAsync(asked))["content"]);
    }

    [Fact]
    public async Task R_AP_1_silence_is_a_yes_where_the_step_says_so()
    {
        var run = await RunAsync("hurries");

        Assert.Equal("<expired>", (string?)(await EndAsync(run))["content"]);
    }

    [Fact]
    public async Task R_AP_1_a_person_who_refuses_a_steps_tool_is_not_asked_again_and_the_fallback_is_taken()
    {
        var asked = await RunUntilAskedAsync("pays");
        await ResolveAsync(asked, new { status = "rejected", resolved_by = "ann", note = "too much" });

        var run = await EndAsync(asked);

        Assert.Equal(("completed", "<instead>"), ((string?)run["status"], (string?)run["content"]));
        Assert.Single(await ApprovalsOfAsync(run));
        Assert.DoesNotContain(app.Tool.Requests, r => r.Path == "/pay");
    }

    [Fact]
    public async Task R_AP_1_silence_about_a_steps_tool_ends_the_workflow_where_the_tool_says_so()
    {
        var run = await EndAsync(await RunAsync("lapses"));

        Assert.Equal(("error", "APPROVAL_EXPIRED"), ((string?)run["status"], (string?)run["error"]!["code"]));
        Assert.Equal("lapse", (string?)run["error"]!["details"]!["step"]);
        Assert.Single(await ApprovalsOfAsync(run));
        Assert.DoesNotContain(await app.StepsAsync(run), s => (string?)s!["id"] == "after");
    }

    [Fact]
    public async Task Cancelling_a_run_that_waits_for_a_person_ends_the_run_and_the_request()
    {
        var asked = await RunUntilAskedAsync("asks_once");

        Assert.Equal(HttpStatusCode.Accepted, (await app.Http.PostAsync($"/api/v1/runs/{asked["run_id"]}/cancel", null)).StatusCode);

        Assert.Equal("cancelled", (string?)(await EndAsync(asked))["status"]);
        Assert.Equal("cancelled", (string?)(await app.GetAsync($"/api/v1/approvals/{asked["id"]}"))["status"]);
    }

    private async Task<JsonArray> ApprovalsOfAsync(JsonObject run) =>
        (await app.GetAsync($"/api/v1/approvals?run_id={run["run_id"]}"))["data"]!.AsArray();

    private async Task<JsonObject> RunAsync(string workflow)
    {
        using var started = await app.Http.PostAsJsonAsync($"/api/v1/workflows/{workflow}/run?wait=0", new { input = "x" });
        return (await started.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private async Task<JsonObject> RunUntilAskedAsync(string workflow) => await AskedAsync((string)(await RunAsync(workflow))["run_id"]!, 1);

    /// <summary>The approval of the run's stream that is opened as the given one.</summary>
    private async Task<JsonObject> AskedAsync(string runId, int number)
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var response = await app.Http.GetAsync($"/api/v1/runs/{runId}/events", HttpCompletionOption.ResponseHeadersRead, stop.Token);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(stop.Token));
        while (await lines.ReadLineAsync(stop.Token) is { } line)
        {
            if (!line.StartsWith("data: ", StringComparison.Ordinal) || JsonNode.Parse(line[6..]) is not JsonObject frame)
                continue;
            if ((string?)frame["type"] == "approval" && (string?)frame["data"]!["status"] == "pending" && --number == 0)
                return await app.GetAsync($"/api/v1/approvals/{frame["data"]!["approval_id"]}");
        }

        throw new InvalidOperationException("The run ended without asking.");
    }

    private async Task ResolveAsync(JsonObject approval, object decision) =>
        Assert.Equal(HttpStatusCode.OK, (await app.Http.PostAsJsonAsync($"/api/v1/approvals/{approval["id"]}/resolve", decision)).StatusCode);

    private async Task<JsonObject> EndAsync(JsonObject ofRun)
    {
        await SseClient.ReadAsync(app.Http, SseClient.Resume((string)ofRun["run_id"]!, []), []);
        return await app.GetAsync($"/api/v1/runs/{ofRun["run_id"]}");
    }
}
