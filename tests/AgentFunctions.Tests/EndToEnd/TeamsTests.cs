// Teams over HTTP: who gets the work in each mode, what the leader hears, what the run says of its members.
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class TeamsTests(TeamsApp app) : IClassFixture<TeamsApp>
{
    [Fact]
    public async Task A_leader_gives_work_to_a_member_and_answers_from_what_it_answered()
    {
        var run = await app.RunAsync("desk", "refund order 7");

        Assert.Equal("completed", (string?)run["status"]);
        Assert.Equal("Billing says: billing did: refund order 7", (string?)run["content"]);
        Assert.Equal("natural", (string?)run["termination_reason"]);
        Assert.Equal(("team", 0, "desk"), ((string)run["kind"]!, (int)run["depth"]!, (string)run["team_id"]!));
        var member = Assert.Single(await app.MembersOfAsync(run));
        Assert.Equal(("billing", 1), ((string)member["agent_id"]!, (int)member["depth"]!));
        Assert.Equal("desk", (string?)member["team_id"]);
        Assert.Equal((string?)run["trace_id"], (string?)member["trace_id"]);
        Assert.Equal("completed", (string?)member["status"]);
    }

    [Fact]
    public async Task A_leader_may_ask_several_members_at_once()
    {
        var run = await app.RunAsync("desk", "both of you");

        Assert.Equal("both answered", (string?)run["content"]);
        Assert.Equal(["billing", "writer"], (await app.MembersOfAsync(run)).Select(m => (string)m["agent_id"]!).Order());
    }

    [Fact]
    public async Task The_leader_sees_a_members_error_and_goes_on()
    {
        var run = await app.RunAsync("desk", "fail please");

        Assert.Equal("It failed: INVALID_CONFIG, so I answer myself.", (string?)run["content"]);
        Assert.Equal("error", (string?)Assert.Single(await app.MembersOfAsync(run))["status"]);
    }

    [Fact]
    public async Task After_the_last_round_the_leader_is_asked_once_more_and_has_to_answer()
    {
        var run = await app.RunAsync("desk", "forever");

        Assert.Equal("I know that myself: forever", (string?)run["content"]);
        Assert.Equal("natural", (string?)run["termination_reason"]);
        Assert.Equal(3, (await app.MembersOfAsync(run)).Count);
        Assert.Equal(4, (int)run["steps"]!);
    }

    [Fact]
    public async Task The_member_that_a_router_chooses_gives_the_teams_answer_as_it_is()
    {
        var run = await app.RunAsync("routed", "refund 3");

        Assert.Equal("billing did: routed refund 3", (string?)run["content"]);
        Assert.Equal("billing", (string?)Assert.Single(await app.MembersOfAsync(run))["agent_id"]);
    }

    [Fact]
    public async Task A_broadcast_without_a_leader_joins_the_answers_under_headings_errors_too()
    {
        var run = await app.RunAsync("panel", "hello");

        var content = (string)run["content"]!;
        Assert.StartsWith("## billing\n\nbilling did: hello\n\n## broken\n\nNo answer: ", content, StringComparison.Ordinal);
        Assert.EndsWith("\n\n## writer\n\nwriter wrote: hello", content, StringComparison.Ordinal);
        Assert.Equal("completed", (string?)run["status"]);
    }

    [Fact]
    public async Task A_broadcasts_leader_makes_one_answer_of_the_members()
    {
        var run = await app.RunAsync("jury", "hello");

        Assert.Equal("Judged: ## billing\n\nbilling did: hello\n\n## writer\n\nwriter wrote: hello", (string?)run["content"]);
    }

    [Fact]
    public async Task A_team_of_which_nobody_answers_ends_in_an_error_that_names_the_members_errors()
    {
        var run = await app.RunAsync("hopeless", "hello");

        Assert.Equal("error", (string?)run["status"]);
        Assert.Equal("MEMBER_FAILED", (string?)run["error"]!["code"]);
        Assert.Contains("broken: INVALID_CONFIG", (string?)run["error"]!["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Round_robin_hands_each_answer_to_the_next_member()
    {
        var run = await app.RunAsync("relay", "hello");

        Assert.Equal("writer wrote: hello\n\nbilling answered:\nbilling did: hello", (string?)run["content"]);
    }

    [Theory]
    [InlineData("@writer hello", null, "writer wrote: hello")]
    [InlineData("hello", "billing", "billing did: hello")]
    public async Task A_manual_team_gives_the_work_to_whom_the_caller_names(string input, string? agent, string answer)
    {
        var run = await app.RunAsync("counter", input, agent is null ? null : new { metadata = new { agent } });

        Assert.Equal(answer, (string?)run["content"]);
    }

    [Fact]
    public async Task A_manual_team_without_a_name_says_how_to_name_one()
    {
        var run = await app.RunAsync("counter", "@nobody hello");

        Assert.Equal("INVALID_INPUT", (string?)run["error"]!["code"]);
        Assert.Contains("There is no member 'nobody'", (string?)run["error"]!["message"], StringComparison.Ordinal);
        Assert.Contains("Members: billing, writer", (string?)run["error"]!["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_supervisor_section_is_a_team_over_all_agents()
    {
        var run = await app.RunAsync("boss", "spring");
        var team = await app.GetAsync("/api/v1/teams/boss");

        Assert.Equal("The boss heard: writer wrote: write about spring", (string?)run["content"]);
        Assert.Equal(["billing", "writer", "broken", "slow"], team["members"]!.AsArray().Select(m => (string)m!));
        Assert.Equal("supervisor", (string?)team["mode"]);
        Assert.Equal(2, (int)team["max_rounds"]!);
    }

    [Fact]
    public async Task A_team_may_be_a_member_of_a_team()
    {
        var run = await app.RunAsync("company", "9");

        Assert.Equal("The desk said: Billing says: billing did: refund 9", (string?)run["content"]);
        var desk = Assert.Single(await app.MembersOfAsync(run));
        var billing = Assert.Single(await app.MembersOfAsync(desk));
        Assert.Equal((1, 2), ((int)desk["depth"]!, (int)billing["depth"]!));
        Assert.Equal((string?)desk["run_id"], (string?)billing["parent_run_id"]);
    }

    [Fact]
    public async Task The_teams_usage_holds_its_members()
    {
        var run = await app.RunAsync("company", "9");
        var desk = Assert.Single(await app.MembersOfAsync(run));
        var billing = Assert.Single(await app.MembersOfAsync(desk));
        var trace = await app.GetAsync($"/api/v1/traces/{run["trace_id"]}");

        Assert.True(Tokens(run) > Tokens(desk) && Tokens(desk) > Tokens(billing) && Tokens(billing) > 0);
        Assert.Equal(Tokens(run), (long)trace["usage"]!["total_tokens"]!);

        static long Tokens(JsonNode run) => (long)run["usage"]!["total_tokens"]!;
    }

    [Fact]
    public async Task A_team_is_run_under_its_own_route_only()
    {
        var response = await app.Http.PostAsJsonAsync("/api/v1/agents/desk/run", new { input = "refund 1" });

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }
}
