// Kills the real process at every boundary of a team's run: the outcome is the one without kills, calls of tools included.
namespace AgentFunctions.Tests.EndToEnd;

public sealed class TeamCrashTests
{
    private const int TokensOfACall = 25;

    // In the order in which they happen; the writer's draft is written while the researcher works.
    private static readonly string[] _works = ["leader 1", "researcher 1", "look", "researcher 2", "leader 2", "writer final", "leader 3"];
    private const string Meanwhile = "writer draft";

    public static TheoryData<string, string> Boundaries() => new()
    {
        { "answered", "leader 1" },         // before a member begins
        { "asked", "researcher 1" },        // in a member's model call
        { "answered", "researcher 1" },
        { "running", "look" },              // in a member's tool
        { "answered", "researcher 2" },     // at a member's end
        { "asked", "leader 2" },            // between members' ends and the leader's answer
        { "answered", "leader 2" },
        { "answered", "writer final" },
        { "asked", "leader 3" },
        { "answered", "leader 3" },
    };

    [Theory]
    [MemberData(nameof(Boundaries))]
    public async Task A_team_killed_at_a_boundary_ends_as_if_nothing_had_happened(string moment, string work)
    {
        await using var scene = await TeamCrashScene.StartAsync();
        scene.KillAt(moment, work);

        var frames = await scene.RunThroughCrashAsync();

        await AssertOutcomeAsync(scene, frames);
        AssertNothingFinishedWasRepeated(scene, work);
    }

    [Fact]
    public async Task A_team_killed_again_and_again_ends_as_if_nothing_had_happened()
    {
        await using var scene = await TeamCrashScene.StartAsync();
        foreach (var work in new[] { "leader 1", "researcher 2", "leader 2", "writer final", "leader 3" })
            scene.KillAt("asked", work);
        scene.KillAt("running", "look");

        await AssertOutcomeAsync(scene, await scene.RunThroughCrashAsync());
    }

    [Theory]
    [InlineData("running", "look")]
    [InlineData("answered", "researcher 2")]
    [InlineData("asked", "leader joins")]
    public async Task A_broadcast_killed_at_a_boundary_asks_no_member_twice(string moment, string work)
    {
        await using var scene = await TeamCrashScene.StartAsync("broadcast");
        scene.KillAt(moment, work);

        var frames = await scene.RunThroughCrashAsync();

        Assert.Equal("joined", (string?)frames[^1].Data["output"]);
        Assert.Equal(1, scene.DifferentToolCalls);
        var members = await scene.GetAsync($"/api/v1/runs?parent_run_id={frames[0].Data["run_id"]}");
        Assert.Equal(["researcher", "writer"], members["data"]!.AsArray().Select(m => (string)m!["agent_id"]!).Order());
        Assert.Equal(2, frames.Count(f => f.Type == "member_complete"));
    }

    private static async Task AssertOutcomeAsync(TeamCrashScene scene, List<SseFrame> frames)
    {
        Assert.Equal(("complete", "published"), (frames[^1].Type, (string?)frames[^1].Data["output"]));
        Assert.Equal(Enumerable.Range(1, frames.Count).Select(n => (long)n), frames.Select(f => f.Id));
        Assert.Equal(3, frames.Count(f => f.Type == "member_complete"));
        Assert.Equal(3, frames.Count(f => f.Type == "run_start" && f.Envelope["depth"] is not null));
        Assert.Equal(3, frames.Count(f => f.Type == "tool_call" && f.Data["member_run_id"] is not null && (string?)f.Data["status"] == "completed"));
        Assert.Equal(["started", "completed"], frames.Where(f => (string?)f.Data["tool_name"] == "look").Select(f => (string?)f.Data["status"]));
        Assert.Equal(1, scene.DifferentToolCalls);

        var runId = (string)frames[0].Data["run_id"]!;
        var run = await scene.GetAsync($"/api/v1/runs/{runId}");
        Assert.Equal(_works.Length * TokensOfACall, (int)run["usage"]!["total_tokens"]!); // the works but the tool's, and the draft
        var members = (await scene.GetAsync($"/api/v1/runs?parent_run_id={runId}"))["data"]!.AsArray();
        Assert.Equal(["researcher", "writer", "writer"], members.Select(m => (string)m!["agent_id"]!).Order());
        Assert.All(members, m => Assert.Equal("completed", (string?)m!["status"]));
        var trace = await scene.GetAsync($"/api/v1/runs/{runId}/trace");
        Assert.Equal("invoke_workflow newsroom", (string?)Assert.Single(trace["tree"]!.AsArray())!["name"]);
        Assert.Equal(1 + 3 + 3 + 3 + 4 + 1, (int)trace["total_spans"]!); // root, leader's calls, delegations, members, their calls, tool
    }

    // What was at work when the process died, or may have begun right before, may have happened twice.
    private static void AssertNothingFinishedWasRepeated(TeamCrashScene scene, string killedAt)
    {
        var at = Array.IndexOf(_works, killedAt);
        for (var n = 0; n < _works.Length; n++)
            Assert.InRange(scene.Times(_works[n]), 1, n == at || n == at + 1 ? 2 : 1);
        Assert.InRange(scene.Times(Meanwhile), 1, at <= Array.IndexOf(_works, "researcher 2") ? 2 : 1);
    }
}
