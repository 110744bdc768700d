// Kills the real process at each boundary of an approval and of a once tool; what comes out is what came out without kills.
using System.Net;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.Fakes;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class ApprovalCrashTests : IAsyncLifetime
{
    private const string Refund = """refund {"amount":150}""";

    private readonly ApprovalScene _scene = new();

    public Task InitializeAsync() => _scene.InitializeAsync();

    public Task DisposeAsync() => _scene.DisposeAsync();

    [Fact]
    public async Task R_AP_1_killed_when_the_request_was_written_the_run_still_waits_and_goes_on()
    {
        var runId = (string)(await _scene.RunAsync(Refund, wait: 0))["run_id"]!;
        await _scene.SeenAsync(runId, frame => frame.Type == "approval");
        await _scene.KillAndRestartAsync();

        await AssertOneApprovedRefundAsync(runId, await SingleApprovalAsync(runId));
    }

    [Fact]
    public async Task R_AP_1_killed_twice_while_it_waits_the_run_has_one_approval_and_goes_on()
    {
        var (runId, approval) = await _scene.PauseAsync(Refund);
        await _scene.KillAndRestartAsync();
        Assert.Equal("paused", (string?)(await _scene.GetAsync($"/api/v1/runs/{runId}"))["status"]);
        await _scene.KillAndRestartAsync();

        Assert.Equal((string?)approval["id"], (string?)(await SingleApprovalAsync(runId))["id"]);
        await AssertOneApprovedRefundAsync(runId, approval);
    }

    [Fact]
    public async Task R_AP_1_killed_right_after_the_decision_the_run_goes_on_without_another()
    {
        var (runId, approval) = await _scene.PauseAsync(Refund);
        _scene.Tools.Hold("/refund", Task.CompletedTask);
        Assert.Equal(HttpStatusCode.OK, (await _scene.ResolveAsync(approval, new { status = "rejected", resolved_by = "ada" })).Status);
        await _scene.KillAndRestartAsync();

        var (run, events) = await _scene.EndOfAsync(runId);

        Assert.Contains("approval_rejected", (string?)run["content"], StringComparison.Ordinal);
        Assert.Equal(["pending", "rejected"], events.Where(e => e.Type == "approval").Select(e => (string?)e.Data["status"]));
        Assert.Equal(0, _scene.Tools.Calls("/refund"));
    }

    [Fact]
    public async Task R_AP_1_killed_while_the_approved_tool_ran_a_person_is_asked_and_it_has_run_once()
    {
        KillDuring("/refund");
        var (runId, approval) = await _scene.PauseAsync(Refund);
        await ResolveUntilKilledAsync(approval);
        await RestartAsync();

        var unknown = await UnknownOutcomeAsync(runId);
        Assert.Equal("outcome_unknown", (string?)unknown["context"]!["reason"]);
        await _scene.ResolveAsync(unknown, new { status = "rejected", note = "the bank has it" });

        var (run, _) = await _scene.EndOfAsync(runId);
        Assert.Equal("completed", (string?)run["status"]);
        Assert.Contains("the bank has it", (string?)run["content"], StringComparison.Ordinal);
        Assert.Equal(1, _scene.Tools.Calls("/refund"));
    }

    [Fact]
    public async Task A_once_tool_of_unknown_outcome_runs_again_when_a_person_says_so_and_only_then()
    {
        KillDuring("/order");
        var runId = (string)(await _scene.RunAsync("order {}", wait: 0))["run_id"]!;
        await RestartAsync();
        var unknown = await UnknownOutcomeAsync(runId);
        Assert.Equal(1, _scene.Tools.Calls("/order"));

        KillDuring("/order");
        await ResolveUntilKilledAsync(unknown);
        await RestartAsync();

        // That permission is used up: the second crash asks again.
        var again = await UnknownOutcomeAsync(runId, not: (string)unknown["id"]!);
        Assert.Equal(2, _scene.Tools.Calls("/order"));
        await _scene.ResolveAsync(again, new { status = "approved" });
        var (run, _) = await _scene.EndOfAsync(runId);

        Assert.Equal("""done: {"path":"/order"}""", (string?)run["content"]);
        Assert.Equal(3, _scene.Tools.Calls("/order"));
    }

    [Fact]
    public async Task A_person_who_knows_the_outcome_gives_it_and_the_tool_is_not_run_again()
    {
        KillDuring("/order");
        var runId = (string)(await _scene.RunAsync("order {}", wait: 0))["run_id"]!;
        await RestartAsync();
        await _scene.ResolveAsync(await UnknownOutcomeAsync(runId), new { status = "approved", resolution_data = new { result = new { order = 17 } } });

        Assert.Equal("""done: {"order":17}""", (string?)(await _scene.EndOfAsync(runId)).Run["content"]);
        Assert.Equal(1, _scene.Tools.Calls("/order"));
    }

    [Fact]
    public async Task A_once_tool_without_approval_leaves_its_unknown_outcome_to_the_model()
    {
        KillDuring("/close");
        var runId = (string)(await _scene.RunAsync("close {}", wait: 0))["run_id"]!;
        await RestartAsync();

        Assert.Contains("outcome_unknown", (string?)(await _scene.EndOfAsync(runId)).Run["content"], StringComparison.Ordinal);
        Assert.Equal(1, _scene.Tools.Calls("/close"));
    }

    private async Task AssertOneApprovedRefundAsync(string runId, JsonNode approval)
    {
        Assert.Equal(HttpStatusCode.OK, (await _scene.ResolveAsync(approval, new { status = "approved", resolved_by = "ada" })).Status);
        var (run, events) = await _scene.EndOfAsync(runId);
        Assert.Equal(("completed", """done: {"path":"/refund"}"""), ((string?)run["status"], (string?)run["content"]));
        Assert.Equal(["pending", "approved"], events.Where(e => e.Type == "approval").Select(e => (string?)e.Data["status"]));
        Assert.Equal(1, _scene.Tools.Calls("/refund"));
        Assert.Equal(2, _scene.Model.Requests.Count);
    }

    private async Task<JsonNode> SingleApprovalAsync(string runId) =>
        Assert.Single((await _scene.GetAsync($"/api/v1/approvals?run_id={runId}"))["data"]!.AsArray())!;

    private async Task<JsonObject> UnknownOutcomeAsync(string runId, string? not = null)
    {
        var seen = await _scene.SeenAsync(runId, frame => frame.Type == "approval" && (string?)frame.Data["status"] == "pending"
            && (string?)frame.Data["reason"] == "outcome_unknown" && (string?)frame.Data["approval_id"] != not);
        return await _scene.GetAsync($"/api/v1/approvals/{seen.Data["approval_id"]}");
    }

    private void KillDuring(string path)
    {
        var app = _scene.App;
        _scene.Tools.Running = request => request.Path == path ? app.KillAsync() : Task.CompletedTask;
    }

    private async Task RestartAsync()
    {
        await _scene.App.WaitForExitAsync();
        _scene.Tools.Running = _ => Task.CompletedTask;
        await _scene.App.DisposeAsync();
        await _scene.StartAsync();
    }

    // The answer may be lost with the process; the decision is not.
    private async Task ResolveUntilKilledAsync(JsonNode approval)
    {
        try
        {
            await _scene.ResolveAsync(approval, new { status = "approved", resolved_by = "ada" });
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
        }
    }
}
