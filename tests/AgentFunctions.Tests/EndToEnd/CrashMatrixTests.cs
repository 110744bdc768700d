// Kills the real process at every boundary of a run of six model calls and five tool calls, and looks at what is left.
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class CrashMatrixTests
{
    private const int ToolCalls = 5;
    private const int ModelCalls = ToolCalls + 1;

    public static TheoryData<string, int> Boundaries()
    {
        var boundaries = new TheoryData<string, int>();
        for (var call = 1; call <= ModelCalls; call++)
            boundaries.Add("model answered", call);
        for (var call = 1; call <= ToolCalls; call++)
            boundaries.Add("tool running", call);
        boundaries.Add("last token seen", ModelCalls);
        return boundaries;
    }

    [Theory]
    [MemberData(nameof(Boundaries))]
    public async Task A_run_killed_at_a_boundary_goes_on_and_repeats_nothing_that_was_finished(string boundary, int call)
    {
        await using var scene = await CrashScene.StartAsync();
        scene.KillAt(boundary, call);

        var frames = await scene.RunThroughCrashAsync();

        Assert.Equal("complete", frames[^1].Type);
        Assert.Equal("counted to 5", (string?)frames[^1].Data["output"]);
        AssertEveryEventOnceInOrder(frames);
        AssertNothingFinishedWasRepeated(scene, boundary, call);
        await AssertTraceIsWholeAsync(scene, frames);
    }

    [Fact]
    public async Task A_run_killed_at_every_boundary_in_turn_still_completes()
    {
        await using var scene = await CrashScene.StartAsync();
        for (var call = 1; call <= ToolCalls; call++)
            scene.KillAt("tool running", call);

        var frames = await scene.RunThroughCrashAsync();

        Assert.Equal("counted to 5", (string?)frames[^1].Data["output"]);
        AssertEveryEventOnceInOrder(frames);
        Assert.All(Enumerable.Range(1, ModelCalls), n => Assert.Equal(1, scene.ModelCallsOfStep(n)));
        await AssertTraceIsWholeAsync(scene, frames);
    }

    [Fact]
    public async Task A_once_tool_killed_while_it_ran_is_not_run_again_and_the_model_is_told()
    {
        await using var scene = await CrashScene.StartAsync(effect: "once");
        scene.KillAt("tool running", 2);

        var frames = await scene.RunThroughCrashAsync();

        Assert.Equal("complete", frames[^1].Type);
        Assert.Equal(1, scene.ToolCallsWith(2));
        var told = frames.Single(f => f.Type == "tool_call" && (string?)f.Data["status"] == "completed" && f.Data["error"] is not null);
        Assert.Equal("outcome_unknown", (string?)told.Data["error"]!["code"]);
    }

    private static void AssertEveryEventOnceInOrder(List<SseFrame> frames) =>
        Assert.Equal(Enumerable.Range(1, frames.Count).Select(n => (long)n), frames.Select(f => f.Id));

    private static void AssertNothingFinishedWasRepeated(CrashScene scene, string boundary, int call)
    {
        for (var n = 1; n <= ModelCalls; n++)
        {
            var mayRepeat = boundary != "tool running" && n == call;
            Assert.InRange(scene.ModelCallsOfStep(n), 1, mayRepeat ? 2 : 1);
        }

        for (var n = 1; n <= ToolCalls; n++)
        {
            var mayRepeat = n == call; // it ran, or may have begun, when the process died
            Assert.InRange(scene.ToolCallsWith(n), 1, mayRepeat ? 2 : 1);
        }
    }

    private static async Task AssertTraceIsWholeAsync(CrashScene scene, List<SseFrame> frames)
    {
        var trace = (await scene.Http.GetFromJsonAsync<JsonObject>($"/api/v1/runs/{frames[0].Data["run_id"]}/trace"))!;
        var root = Assert.Single(trace["tree"]!.AsArray())!;
        var children = root["children"]!.AsArray();
        Assert.Equal("invoke_agent counter", (string?)root["name"]);
        Assert.Equal(ModelCalls, children.Count(c => ((string)c!["name"]!).StartsWith("chat ", StringComparison.Ordinal)));
        Assert.Equal(ToolCalls, children.Count(c => (string?)c!["name"] == "execute_tool count"));
        Assert.Equal(1 + ModelCalls + ToolCalls, (int)trace["total_spans"]!);
    }
}
