// The process is killed while thirty runs are under way; afterwards no trace lacks a span or has one twice.
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.Fakes;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class LoadCrashTests : IAsyncLifetime
{
    private const int Runs = 30;
    private const int ToolCalls = 2;
    private const int ModelCalls = ToolCalls + 1;

    private readonly TempFolder _folder = new();
    private readonly TaskCompletionSource _halfway = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FakeOpenAI? _model;
    private int _answers;
    private string _config = "";

    public async Task InitializeAsync()
    {
        _model = await FakeOpenAI.StartNewAsync();
        _model.Respond = Answer;
        _config = _folder.Write("agents.yaml", $$"""
            models: { fake: { provider: openai, base_url: "{{_model.BaseUrl}}", api_key: k, model: fake } }
            agents: [{ name: asker, model: fake, prompt: Ask., tools: [get_weather] }]
            """);
    }

    public async Task DisposeAsync()
    {
        await _model!.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task After_a_kill_under_load_every_finished_run_has_its_whole_trace_once()
    {
        List<string> ids;
        await using (var app = await StartAsync())
        {
            ids = [.. await Task.WhenAll(Enumerable.Range(0, Runs).Select(_ => BeginAsync(app)))];
            await _halfway.Task.WaitAsync(TimeSpan.FromSeconds(60));
            await app.KillAsync();
        }

        await using var restarted = await StartAsync();
        await Task.WhenAll(ids.Select(id => EndAsync(restarted, id)));

        foreach (var id in ids)
            AssertWhole(id, (await restarted.Http.GetFromJsonAsync<JsonObject>($"/api/v1/runs/{id}/trace"))!);
    }

    private Task<AppProcess> StartAsync() => AppProcess.StartAsync(Path.Combine(_folder.Path, "data"), _config);

    private static async Task<string> BeginAsync(AppProcess app)
    {
        using var response = await app.Http.PostAsJsonAsync("/api/v1/agents/asker/run?wait=0", new { input = "Weather?" });
        response.EnsureSuccessStatusCode();
        return (string)(await response.Content.ReadFromJsonAsync<JsonObject>())!["run_id"]!;
    }

    private static async Task EndAsync(AppProcess app, string runId)
    {
        var frames = new List<SseFrame>();
        Assert.True(await SseClient.ReadAsync(app.Http, SseClient.Resume(runId, frames), frames));
        Assert.Equal("complete", frames[^1].Type);
    }

    private static void AssertWhole(string runId, JsonObject trace)
    {
        var root = Assert.Single(trace["tree"]!.AsArray())!;
        var children = root["children"]!.AsArray().Select(c => (Id: (string)c!["span_id"]!, Name: (string)c["name"]!)).ToList();
        Assert.Equal(runId, (string?)root["attributes"]!["agentfunctions.run.id"]);
        Assert.Equal(1 + ModelCalls + ToolCalls, (int)trace["total_spans"]!);
        Assert.Equal((ModelCalls, ToolCalls), (children.Count(c => c.Name == "chat fake"), children.Count(c => c.Name == "execute_tool get_weather")));
        Assert.Distinct(children.Select(c => c.Id));
    }

    // With n results in the conversation the model asks once more, until it has them all.
    private FakeReply Answer(JsonElement request)
    {
        if (Interlocked.Increment(ref _answers) == Runs * ModelCalls / 2)
            _halfway.TrySetResult();
        var results = request.GetProperty("messages").EnumerateArray().Count(m => m.GetProperty("role").GetString() == "tool");
        return results < ToolCalls
            ? FakeOpenAI.Call($"call_{results}", "get_weather", """{"city":"Oslo"}""")
            : FakeOpenAI.Answer("It", " rains.");
    }
}
