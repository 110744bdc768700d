// The budget of a team over HTTP: what members may use of it, and how they end when it is used up.
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class TeamBudgetsTests(TeamsApp app) : IClassFixture<TeamsApp>
{
    [Fact]
    public async Task A_member_that_has_used_up_the_budget_the_team_gave_it_ends_and_the_team_goes_on()
    {
        var run = await app.RunAsync("thrifty", "go");

        Assert.Equal("The looper failed: BUDGET_EXCEEDED", (string?)run["content"]);
        Assert.Equal(1, (int)Assert.Single(await app.MembersOfAsync(run))["steps"]!);
    }

    [Fact]
    public async Task A_member_may_use_no_more_than_the_teams_budget_has_left()
    {
        var run = await app.RunAsync("poor", "go");

        Assert.Equal("BUDGET_EXCEEDED", (string?)run["error"]!["code"]);
        var member = Assert.Single(await app.MembersOfAsync(run));
        Assert.Equal("BUDGET_EXCEEDED", (string?)member["error"]!["code"]);
        Assert.InRange((int)member["steps"]!, 1, 10); // it would take 20
    }

    [Fact]
    public async Task A_budget_in_dollars_needs_the_price_of_every_members_model()
    {
        var response = await app.Http.PostAsJsonAsync("/api/v1/teams/priced/run", new { input = "go", budget = new { cost_usd = 1 } });

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var error = (await response.Content.ReadFromJsonAsync<JsonNode>())!["error"]!;
        Assert.Equal(("price_unknown", "openai/no-price"), ((string)error["code"]!, (string)error["details"]!["model"]!));
    }
}
