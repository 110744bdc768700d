// Approvals over HTTP, on the running executable: the queue, the decision, and what runs then.
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.Fakes;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class ApprovalTests(ApprovalScene scene) : IClassFixture<ApprovalScene>
{
    [Fact]
    public async Task R_AP_1_a_tool_waits_in_the_queue_until_a_person_approves_and_who_did_is_kept()
    {
        var (runId, approval) = await scene.PauseAsync("""refund {"amount":150}""");
        Assert.Equal(0, CallsWith("/refund", "150"));
        Assert.Equal(("pending", "confirmation", "refund", "agent", "customer-7"), (Text(approval, "status"), Text(approval, "pause_type"),
            Text(approval, "tool_name"), Text(approval, "source_type"), Text(approval, "user_id")));
        Assert.Equal("""{"amount":150}""", approval["tool_args"]!.ToJsonString());
        Assert.Equal(1, (int)(await scene.GetAsync($"/api/v1/approvals/count?status=pending&run_id={runId}"))["count"]!);
        var queue = await scene.GetAsync($"/api/v1/approvals?status=pending&agent_id=desk&user_id=customer-7&run_id={runId}");
        Assert.Equal(Text(approval, "id"), Text(Assert.Single(queue["data"]!.AsArray())!, "id"));

        var (status, row) = await scene.ResolveAsync(approval, new { status = "approved", resolved_by = "ada", note = "fine" });

        Assert.Equal((HttpStatusCode.OK, "approved", "ada", "fine"), (status, Text(row, "status"), Text(row, "resolved_by"), Text(row, "note")));
        var (run, events) = await scene.EndOfAsync(runId);
        Assert.Equal(("completed", """done: {"path":"/refund"}"""), (Text(run, "status"), Text(run, "content")));
        Assert.Equal(1, CallsWith("/refund", "150"));
        Assert.Equal(["pending", "approved"], events.Where(e => e.Type == "approval").Select(e => Text(e.Data, "status")));
        Assert.Null(run["approvals"]);
    }

    [Fact]
    public async Task R_AP_1_the_terminal_lists_the_queue_and_decides_once()
    {
        var (runId, approval) = await scene.PauseAsync("""refund {"amount":160}""");
        var id = Text(approval, "id")!;
        Assert.Contains(id, (await CommandAsync("--run", runId, "--json")).Output);

        var (exitCode, output) = await CommandAsync("reject", id, "--by", "ada", "--note", "too much");

        Assert.Equal(0, exitCode);
        Assert.Contains($"{id} is rejected", output);
        Assert.Equal("ada", Text(await scene.GetAsync($"/api/v1/approvals/{id}"), "resolved_by"));
        Assert.Contains("too much", Text((await scene.EndOfAsync(runId)).Run, "content"));
        Assert.DoesNotContain(id, (await CommandAsync("--run", runId, "--json")).Output);
        Assert.Equal(1, (await CommandAsync("approve", id)).ExitCode);
    }

    // In one line, whatever the width of the terminal.
    private async Task<(int ExitCode, string Output)> CommandAsync(params string[] arguments)
    {
        using var folder = new TempFolder();
        var (exitCode, output) = await AppProcess.RunToEndAsync(
            ["approvals", .. arguments, "--data", folder.Path, "--urls", scene.Http.BaseAddress!.ToString()]);
        return (exitCode, output.ReplaceLineEndings(""));
    }

    [Fact]
    public async Task R_AP_1_a_decision_is_made_once_the_second_is_409()
    {
        var (runId, approval) = await scene.PauseAsync("""refund {"amount":151}""");

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(n =>
            scene.ResolveAsync(approval, new { status = n % 2 == 0 ? "approved" : "rejected", resolved_by = $"p{n}" })));

        var (_, won) = Assert.Single(answers, a => a.Status == HttpStatusCode.OK);
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.OK), a => Assert.Equal((HttpStatusCode.Conflict, "approval_decided"), (a.Status, Code(a.Body))));
        var (run, _) = await scene.EndOfAsync(runId);
        Assert.Equal("completed", Text(run, "status"));
        Assert.Equal(Text(won, "status") == "approved" ? 1 : 0, CallsWith("/refund", "151"));
    }

    [Fact]
    public async Task R_AP_1_a_rejected_tool_does_not_run_and_the_model_is_told_why()
    {
        var (runId, approval) = await scene.PauseAsync("""refund {"amount":152}""");
        await scene.ResolveAsync(approval, new { status = "rejected", resolved_by = "ada", note = "ask finance" });

        var (run, events) = await scene.EndOfAsync(runId);

        Assert.Contains("approval_rejected", Text(run, "content"), StringComparison.Ordinal);
        Assert.Contains("ask finance", Text(run, "content"), StringComparison.Ordinal);
        Assert.Equal(0, CallsWith("/refund", "152"));
        Assert.Equal("approval_rejected", Text(events.Last(e => e.Type == "tool_call").Data["error"]!, "code"));
    }

    [Fact]
    public async Task R_AP_1_a_rule_decides_by_the_arguments_and_only_what_it_needs_waits()
    {
        var run = await scene.RunAsync("""refund {"amount":100}""");

        Assert.Equal("completed", Text(run, "status"));
        Assert.Equal(1, CallsWith("/refund", "100}"));
    }

    [Fact]
    public async Task R_AP_1_nobody_is_asked_about_arguments_that_the_tool_does_not_take()
    {
        var run = await scene.RunAsync("""transfer {"amount":"much"}""");

        Assert.Equal("completed", Text(run, "status"));
        Assert.Contains("invalid_arguments", Text(run, "content"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task R_AP_1_an_agents_default_holds_for_tools_that_say_nothing_themselves()
    {
        Assert.Equal("completed", Text(await scene.RunAsync("lookup {}", "careful"), "status"));
        var held = await scene.RunAsync("close {}", "careful");
        Assert.Equal("paused", Text(held, "status"));
        Assert.Equal("completed", Text(await scene.RunAsync("close {}"), "status"));
    }

    [Fact]
    public async Task R_AP_1_a_quorum_takes_two_of_the_approvers()
    {
        var (runId, approval) = await scene.PauseAsync("""transfer {"amount":1}""");

        Assert.Equal((HttpStatusCode.Forbidden, "not_an_approver"), Answer(await scene.ResolveAsync(approval, new { status = "approved", resolved_by = "mallory" })));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), Answer(await scene.ResolveAsync(approval, new { status = "approved" })));
        var (_, first) = await scene.ResolveAsync(approval, new { status = "approved", resolved_by = "ada" });
        Assert.Equal("pending", Text(first, "status"));
        Assert.Equal((HttpStatusCode.Conflict, "approval_decided"), Answer(await scene.ResolveAsync(approval, new { status = "approved", resolved_by = "Ada" })));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"),
            Answer(await scene.ResolveAsync(approval, new { status = "approved", resolved_by = "grace", resolution_data = new { arguments = new { amount = 9 } } })));
        var (_, second) = await scene.ResolveAsync(approval, new { status = "approved", resolved_by = "grace" });

        Assert.Equal(["ada", "grace"], second["votes"]!.AsArray().Select(vote => Text(vote!, "by")));
        Assert.Equal("completed", Text((await scene.EndOfAsync(runId)).Run, "status"));
    }

    [Fact]
    public async Task R_AP_1_edited_arguments_are_checked_kept_beside_the_original_and_are_what_runs()
    {
        var (runId, approval) = await scene.PauseAsync("""refund {"amount":153}""");
        var (bad, problem) = await scene.ResolveAsync(approval, new { status = "approved", resolution_data = new { arguments = new { amount = "all" } } });
        Assert.Equal(HttpStatusCode.BadRequest, bad);
        Assert.Contains("'amount' must be", Text(problem["error"]!, "message"), StringComparison.Ordinal);

        var (_, row) = await scene.ResolveAsync(approval, new { status = "approved", resolved_by = "ada", resolution_data = new { arguments = new { amount = 120 } } });

        Assert.Equal(("""{"amount":120}""", """{"amount":153}"""), (row["resolution_data"]!["arguments"]!.ToJsonString(), row["resolution_data"]!["original_arguments"]!.ToJsonString()));
        var (_, events) = await scene.EndOfAsync(runId);
        Assert.Equal((1, 0), (CallsWith("/refund", "120"), CallsWith("/refund", "153")));
        Assert.Equal("""{"amount":120}""", events.Last(e => e.Type == "tool_call").Data["arguments"]!.ToJsonString());
    }

    [Fact]
    public async Task R_AP_1_a_person_fills_in_what_the_model_is_not_asked_for()
    {
        var (runId, approval) = await scene.PauseAsync("""ship {"item":"lamp"}""");
        Assert.Equal("user_input", Text(approval, "pause_type"));
        Assert.Equal("""["address"]""", approval["requirements"]![0]!["fields"]!.ToJsonString());
        var schema = scene.Model.Requests.First(r => r.Body.Contains("lamp", StringComparison.Ordinal)).Json.GetProperty("tools").EnumerateArray()
            .Select(t => t.GetProperty("function")).Single(f => f.GetProperty("name").GetString() == "ship").GetProperty("parameters").GetRawText();
        Assert.DoesNotContain("address", schema, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.BadRequest, (await scene.ResolveAsync(approval, new { status = "approved" })).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await scene.ResolveAsync(approval, new { status = "approved", resolution_data = new { values = new { item = "x" } } })).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await scene.ResolveAsync(approval, new { status = "approved", resolution_data = new { values = new { } } })).Status);
        Assert.Equal(HttpStatusCode.OK, (await scene.ResolveAsync(approval, new { status = "approved", resolution_data = new { values = new { address = "Main St" } } })).Status);

        Assert.Equal("completed", Text((await scene.EndOfAsync(runId)).Run, "status"));
        Assert.Equal("""{"item":"lamp","address":"Main St"}""", Assert.Single(scene.Tools.Requests, r => r.Path == "/ship").Body);
    }

    [Fact]
    public async Task R_AP_1_what_a_person_did_outside_is_the_result_and_the_tool_is_not_called()
    {
        var (runId, approval) = await scene.PauseAsync("call_bank {}");
        Assert.Equal(HttpStatusCode.BadRequest, (await scene.ResolveAsync(approval, new { status = "approved" })).Status);
        await scene.ResolveAsync(approval, new { status = "approved", resolution_data = new { result = new { answer = 42 } } });

        Assert.Equal("""done: {"answer":42}""", Text((await scene.EndOfAsync(runId)).Run, "content"));
        Assert.Equal(0, scene.Tools.Calls("/call_bank"));
    }

    [Fact]
    public async Task R_AP_1_nobody_in_time_escalates_then_expires_and_signed_webhooks_tell_of_it()
    {
        var (runId, approval) = await scene.PauseAsync("quick {}");

        var (run, events) = await scene.EndOfAsync(runId);

        Assert.Contains("approval_expired", Text(run, "content"), StringComparison.Ordinal);
        Assert.Equal(["pending", "escalated", "expired"], events.Where(e => e.Type == "approval").Select(e => Text(e.Data, "status")));
        Assert.Equal("expired", Text(await scene.GetAsync($"/api/v1/approvals/{approval["id"]}"), "status"));
        Assert.Equal(0, scene.Tools.Calls("/quick"));
        var notices = await scene.NoticesAsync("approval.requested", "approval.escalated", "approval.resolved");
        Assert.Equal(["pending", "pending", "expired"], notices.Select(n => n.Json.GetProperty("approval").GetProperty("status").GetString()));
        Assert.All(notices, notice => Assert.Equal(SignatureOf(notice), notice.Headers["x-agentfunctions-signature"]));
        Assert.Equal(HttpStatusCode.Conflict, (await scene.ResolveAsync(approval, new { status = "approved" })).Status);
    }

    [Fact]
    public async Task R_AP_1_an_expiry_may_end_the_run()
    {
        var (runId, _) = await scene.PauseAsync("strict {}");

        var (run, _) = await scene.EndOfAsync(runId);

        Assert.Equal(("error", "APPROVAL_EXPIRED"), (Text(run, "status"), Text(run["error"]!, "code")));
        Assert.Equal(0, scene.Tools.Calls("/strict"));
    }

    [Fact]
    public async Task R_AP_1_cancelling_the_run_cancels_what_it_asked()
    {
        var (runId, approval) = await scene.PauseAsync("""refund {"amount":154}""");
        using var cancelled = await scene.Http.PostAsync($"/api/v1/runs/{runId}/cancel?reason=enough", null);
        Assert.Equal(HttpStatusCode.Accepted, cancelled.StatusCode);

        Assert.Equal("cancelled", Text((await scene.EndOfAsync(runId)).Run, "status"));
        Assert.Equal("cancelled", Text(await scene.GetAsync($"/api/v1/approvals/{approval["id"]}"), "status"));
        Assert.Equal(HttpStatusCode.Conflict, (await scene.ResolveAsync(approval, new { status = "approved" })).Status);
        Assert.Equal(0, CallsWith("/refund", "154"));
    }

    [Fact]
    public async Task R_AP_1_an_event_raised_past_the_api_opens_nothing()
    {
        var (runId, approval) = await scene.PauseAsync("""refund {"amount":155}""");
        using var forged = await scene.Http.PostAsync(
            $"/runtime/webhooks/durabletask/instances/{runId}/raiseEvent/approval:{approval["id"]}", new StringContent("\"approved\"", null, "application/json"));
        Assert.Equal(HttpStatusCode.Accepted, forged.StatusCode);

        await scene.ResolveAsync(approval, new { status = "rejected" });

        Assert.Contains("approval_rejected", Text((await scene.EndOfAsync(runId)).Run, "content"), StringComparison.Ordinal);
        Assert.Equal(0, CallsWith("/refund", "155"));
    }

    [Fact]
    public async Task R_AP_1_two_calls_of_one_step_wait_each_for_their_own_approval()
    {
        var run = await scene.RunAsync("refund {\"amount\":156}\nrefund {\"amount\":157}\nlookup {}");
        Assert.Equal("paused", Text(run, "status"));
        var runId = Text(run, "run_id")!;
        await scene.SeenAsync(runId, _ => PendingOf(runId).GetAwaiter().GetResult() == 2);
        var rows = (await scene.GetAsync($"/api/v1/approvals?run_id={runId}"))["data"]!.AsArray();

        foreach (var row in rows)
            await scene.ResolveAsync(row!, new { status = (int)row!["tool_args"]!["amount"]! == 156 ? "approved" : "rejected" });

        Assert.Equal("completed", Text((await scene.EndOfAsync(runId)).Run, "status"));
        Assert.Equal((1, 0), (CallsWith("/refund", "156"), CallsWith("/refund", "157")));
    }

    [Fact]
    public async Task R_AP_1_the_wait_is_a_span_beside_the_tools_and_its_queue_is_a_metric()
    {
        var (runId, approval) = await scene.PauseAsync("""refund {"amount":158}""");
        var metrics = await scene.Http.GetStringAsync("/metrics");
        Assert.Matches(@"agentfunctions_approval_pending(\{[^}]*\})? [1-9]", metrics);
        await scene.ResolveAsync(approval, new { status = "approved", resolved_by = "ada" });
        await scene.EndOfAsync(runId);

        var trace = await scene.GetAsync($"/api/v1/runs/{runId}/trace");
        var spans = Assert.Single(trace["tree"]!.AsArray())!["children"]!.AsArray();

        var wait = Assert.Single(spans, span => Text(span!, "name") == "approval refund")!;
        Assert.Equal(("approved", "ada"), (Text(wait["attributes"]!, "agentfunctions.approval.decision"), Text(wait["attributes"]!, "agentfunctions.approval.decided_by")));
        Assert.Single(spans, span => Text(span!, "name") == "execute_tool refund");
    }

    [Theory]
    [InlineData("""{"status":"maybe"}""", "'status' must be approved or rejected")]
    [InlineData("""{"status":"approved","who":"ada"}""", "'who'")]
    [InlineData("""{"status":"approved","resolution_data":{"result":1}}""", "takes no 'result'")]
    [InlineData("""{"status":"rejected","resolution_data":{"result":1}}""", "takes no 'resolution_data'")]
    [InlineData("""[]""", "JSON object")]
    public async Task A_decision_that_does_not_fit_is_400_and_decides_nothing(string body, string problem)
    {
        var (_, approval) = await scene.PauseAsync("""refund {"amount":159}""");

        using var response = await scene.Http.PostAsync($"/api/v1/approvals/{approval["id"]}/resolve", new StringContent(body, null, "application/json"));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(problem, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("pending", Text(await scene.GetAsync($"/api/v1/approvals/{approval["id"]}"), "status"));
    }

    [Fact]
    public async Task An_approval_that_is_not_there_is_404()
    {
        using var response = await scene.Http.GetAsync("/api/v1/approvals/apr_none");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await scene.ResolveAsync(new JsonObject { ["id"] = "apr_none" }, new { status = "approved" })).Status);
    }

    // As docs/approvals.md tells receivers to check it.
    private static string SignatureOf(FakeRequest notice)
    {
        var seconds = notice.Headers["x-agentfunctions-signature"].Split(',')[0][2..];
        Assert.InRange(DateTimeOffset.FromUnixTimeSeconds(long.Parse(seconds)), notice.At.AddMinutes(-1), notice.At.AddMinutes(1));
        var hash = HMACSHA256.HashData(Encoding.UTF8.GetBytes("secret-of-the-hook"), Encoding.UTF8.GetBytes($"{seconds}.{notice.Body}"));
        return $"t={seconds},v1={Convert.ToHexStringLower(hash)}";
    }

    private async Task<int> PendingOf(string runId) => (int)(await scene.GetAsync($"/api/v1/approvals/count?status=pending&run_id={runId}"))["count"]!;

    private int CallsWith(string path, string part) => scene.Tools.Requests.Count(r => r.Path == path && r.Body.Contains(part, StringComparison.Ordinal));

    private static string? Text(JsonNode json, string member) => (string?)json[member];

    private static string? Code(JsonObject body) => Text(body["error"]!, "code");

    private static (HttpStatusCode, string?) Answer((HttpStatusCode Status, JsonObject Body) answer) => (answer.Status, Code(answer.Body));
}
