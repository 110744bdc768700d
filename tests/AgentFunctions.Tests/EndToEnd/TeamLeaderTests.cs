// What a leader's model is sent: on the wire of a fake provider.
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.Fakes;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class TeamLeaderTests
{
    [Fact]
    public async Task A_leader_is_offered_its_members_as_tools_until_its_rounds_are_used()
    {
        using var folder = new TempFolder();
        await using var model = await FakeOpenAI.StartNewAsync();
        model.Respond = Answer;
        await using var app = await AppProcess.StartAsync(Path.Combine(folder.Path, "data"), folder.Write("agents.yaml", $$"""
            models: { fake: { provider: openai, base_url: "{{model.BaseUrl}}", api_key: key, model: fake-model } }
            agents: [ { name: writer, model: fake, prompt: writer, description: Writes. } ]
            teams: [ { name: desk, model: fake, prompt: leader, members: [writer], max_rounds: 1 } ]
            """));

        var response = await app.Http.PostAsJsonAsync("/api/v1/teams/desk/run", new { input = "a poem" });
        var run = (await response.Content.ReadFromJsonAsync<JsonNode>())!;

        Assert.Equal("Here it is.", (string?)run["content"]);
        var asked = model.Requests.Select(r => r.Json).ToList();
        Assert.Equal(["leader", "writer", "leader"], asked.Select(Who));
        var tool = Assert.Single(asked[0].GetProperty("tools").EnumerateArray()).GetProperty("function");
        Assert.Equal("delegate_to_writer", tool.GetProperty("name").GetString());
        Assert.Equal("Gives a task to the agent 'writer' and returns its answer. Writes.", tool.GetProperty("description").GetString());
        Assert.False(asked[0].TryGetProperty("tool_choice", out _));
        Assert.Equal(["system", "user"], asked[1].GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("role").GetString()));
        Assert.Equal("roses", asked[1].GetProperty("messages")[1].GetProperty("content").GetString());
        Assert.Equal("none", asked[2].GetProperty("tool_choice").GetString());
        Assert.Equal("Roses are red.", asked[2].GetProperty("messages").EnumerateArray().Last().GetProperty("content").GetString());
    }

    private static string? Who(JsonElement request) => request.GetProperty("messages")[0].GetProperty("content").GetString();

    private static FakeReply Answer(JsonElement request) => (Who(request), request.TryGetProperty("tool_choice", out _)) switch
    {
        ("writer", _) => FakeOpenAI.Answer("Roses ", "are red."),
        (_, true) => FakeOpenAI.Answer("Here ", "it is."),
        _ => FakeOpenAI.Call("call_1", "delegate_to_writer", """{"task":"roses"}"""),
    };
}
