// Kills the real process at every boundary of a workflow's run, and looks at what is left.
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class WorkflowCrashTests
{
    private const string Answer = "/marks/first /marks/left about right /marks/turn-3 about last";

    // The root; ten steps, two of which delegate; five tool calls.
    private const int Spans = 1 + 10 + 2 + 5;

    // These are under way at the same time.
    private static readonly string[] _branches = ["tool left", "model right"];

    public static TheoryData<string> Boundaries() =>
    [
        "tool first", "seen first tool completed",                          // in a step, between steps
        "tool left", "model right", "seen both parallel completed",         // in a branch, in a member's run, after the branches
        "tool turn-2", "seen rounds iteration started 2", "seen kept set started",
        "model last", "seen last agent completed",                          // in the last member, before the answer
    ];

    [Theory]
    [MemberData(nameof(Boundaries))]
    public async Task A_workflow_killed_at_a_boundary_goes_on_and_repeats_nothing_that_was_finished(string boundary)
    {
        await using var scene = await WorkflowCrashScene.StartAsync();
        scene.KillAt(boundary);

        var frames = await scene.RunThroughCrashAsync("journey");

        Assert.Equal("complete", frames[^1].Type);
        Assert.Equal(Answer, (string?)frames[^1].Data["output"]);
        Assert.Equal(Enumerable.Range(1, frames.Count).Select(n => (long)n), frames.Select(f => f.Id));
        AssertEveryStepOnce(frames);
        Assert.All(WorkflowCrashScene.Marks, mark => Assert.InRange(scene.CallsOf(mark), 1, MayRepeat(boundary, $"tool {mark}") ? 2 : 1));
        Assert.All(WorkflowCrashScene.Questions, question => Assert.InRange(scene.CallsAbout(question), 1, MayRepeat(boundary, $"model {question}") ? 2 : 1));
        await AssertTraceIsWholeAsync(scene, (string)frames[0].Data["run_id"]!);
    }

    [Fact]
    public async Task A_once_tool_of_a_step_that_was_killed_while_it_ran_is_not_run_again_however_often_the_step_may_be()
    {
        await using var scene = await WorkflowCrashScene.StartAsync();
        scene.KillAt("tool paid");

        var frames = await scene.RunThroughCrashAsync("payment");

        Assert.Equal("error", frames[^1].Type);
        Assert.Equal("OUTCOME_UNKNOWN", (string?)frames[^1].Data["code"]);
        Assert.Equal("pay", (string?)frames[^1].Data["details"]!["step"]);
        Assert.Equal(1, scene.CallsOf("paid"));
        Assert.Equal(0, scene.CallsAbout("last"));
    }

    [Fact]
    public async Task A_workflow_killed_while_it_waits_for_a_person_and_after_the_answer_goes_on()
    {
        await using var scene = await WorkflowCrashScene.StartAsync();
        var (runId, approvalId) = await scene.RunUntilAskedAsync();

        await scene.RestartAsync();
        using var resolved = await scene.Http.PostAsJsonAsync($"/api/v1/approvals/{approvalId}/resolve", new { status = "approved", resolved_by = "ann" });
        await scene.RestartAsync();
        var frames = new List<SseFrame>();
        await SseClient.ReadAsync(scene.Http, SseClient.Resume(runId, []), frames);

        resolved.EnsureSuccessStatusCode();
        Assert.Equal("complete", frames[^1].Type);
        Assert.Equal("ann /marks/after", (string?)frames[^1].Data["output"]);
        Assert.Equal(1, scene.CallsOf("before"));
        Assert.InRange(scene.CallsOf("after"), 1, 2); // it may have been under way when the process died again
    }

    // Only what was under way when the process died.
    private static bool MayRepeat(string boundary, string call) =>
        boundary == call || (_branches.Contains(boundary) && _branches.Contains(call));

    private static void AssertEveryStepOnce(List<SseFrame> frames)
    {
        var ended = frames.Where(f => f.Type == "step" && (string?)f.Data["status"] != "started").Select(f => $"{f.Data["path"]} {f.Data["status"]}").ToList();
        Assert.Equal(
            [
                "both completed", "both/left completed", "both/right completed", "first completed", "kept completed", "last completed", "rounds completed",
                "rounds[1] completed", "rounds[1]/turn completed", "rounds[2] completed", "rounds[2]/turn completed", "rounds[3] completed", "rounds[3]/turn completed",
            ],
            ended.Order(StringComparer.Ordinal));
    }

    private static async Task AssertTraceIsWholeAsync(WorkflowCrashScene scene, string runId)
    {
        var trace = await scene.GetAsync($"/api/v1/runs/{runId}/trace");
        var root = Assert.Single(trace["tree"]!.AsArray())!;
        Assert.Equal("invoke_workflow journey", (string?)root["name"]);
        Assert.Equal(["step first", "step both", "step rounds", "step kept", "step last"], root["children"]!.AsArray().Select(c => (string?)c!["name"]));
        Assert.Equal(Spans, CountOf(root, name => !name.StartsWith("invoke_agent", StringComparison.Ordinal) && !name.StartsWith("chat", StringComparison.Ordinal)));
    }

    private static int CountOf(JsonNode span, Func<string, bool> counts) =>
        (counts((string)span["name"]!) ? 1 : 0) + span["children"]!.AsArray().Sum(child => CountOf(child!, counts));
}
