// The words of AgentOS for teams and workflows, their members' events in between.
using System.Net.Http.Json;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class AgentOsMembersTests(TeamsApp teams, WorkflowApp workflows) : IClassFixture<TeamsApp>, IClassFixture<WorkflowApp>
{
    [Fact]
    public async Task R_SSE_9_a_team_speaks_with_the_prefix_Team_and_its_members_without()
    {
        var frames = await StreamAsync(teams.Http, "teams/desk", "refund 7");

        Assert.Equal(("TeamRunStarted", "TeamRunCompleted"), (frames[0].Type, frames[^1].Type));
        var teamRun = (string?)frames[0].Envelope["run_id"];
        var member = frames.Where(f => (int)f.Envelope["nested_depth"]! == 1).ToList();
        Assert.Equal(("RunStarted", "RunCompleted"), (member[0].Type, member[^1].Type));
        Assert.All(member, f => Assert.Equal("billing", (string?)f.Envelope["agent_id"]));
        Assert.All(member, f => Assert.Equal(teamRun, (string?)f.Envelope["parent_run_id"]));
        Assert.All(frames.Except(member), f => Assert.Equal("desk", (string?)f.Envelope["team_id"]));
        Assert.Contains("TeamToolCallStarted", frames.Select(f => f.Type));
        Assert.NotNull(member.Last(f => f.Type == "ModelRequestCompleted").Envelope["time_to_first_token"]);
    }

    [Fact]
    public async Task R_SSE_9_a_workflow_tells_of_its_steps_and_of_those_who_do_them()
    {
        var frames = await StreamAsync(workflows.Http, "workflows/report", "x");
        var names = frames.Select(f => f.Type).ToList();

        Assert.Equal(("WorkflowStarted", "WorkflowCompleted"), (names[0], names[^1]));
        AssertInOrder(names, "StepStarted", "RunStarted", "RunCompleted", "StepCompleted", "ParallelExecutionStarted", "ParallelExecutionCompleted", "ConditionExecutionStarted", "ConditionExecutionCompleted");
        var hop = frames.First(f => f.Type == "RunStarted").Envelope;
        Assert.Equal(((string?)frames[0].Envelope["run_id"], "report"), ((string?)hop["workflow_run_id"], (string?)hop["workflow_id"]));
    }

    [Theory]
    [InlineData("refine", "LoopExecutionStarted", "LoopIterationStarted", "LoopIterationCompleted", "LoopExecutionCompleted")]
    [InlineData("desk", "RouterExecutionStarted", "StepStarted", "StepCompleted", "RouterExecutionCompleted")]
    public async Task R_SSE_9_loops_and_routers_have_words_of_their_own(string workflow, params string[] words) =>
        AssertInOrder([.. (await StreamAsync(workflows.Http, $"workflows/{workflow}", "x")).Select(f => f.Type)], words);

    private static void AssertInOrder(List<string> names, params string[] words)
    {
        var at = 0;
        foreach (var word in words)
        {
            var found = names.IndexOf(word, at);
            Assert.True(found >= 0, $"'{word}' does not follow in: {string.Join(", ", names.Skip(at))}");
            at = found + 1;
        }
    }

    private static async Task<List<SseFrame>> StreamAsync(HttpClient http, string what, string input)
    {
        var frames = new List<SseFrame>();
        await SseClient.ReadAsync(http, new HttpRequestMessage(HttpMethod.Post, $"/api/v1/{what}/run/stream?dialect=agentos") { Content = JsonContent.Create(new { input }) }, frames);
        return frames;
    }
}
