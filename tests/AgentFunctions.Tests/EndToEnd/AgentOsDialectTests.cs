// The stream in the words of AgentOS, over HTTP.
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Dialects;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class AgentOsDialectTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private AppProcess _app = null!;

    public async Task InitializeAsync() => _app = await AppProcess.StartAsync(Path.Combine(_folder.Path, "data"));

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task R_SSE_9_a_run_is_told_in_the_words_of_AgentOS()
    {
        var frames = await StreamAsync("weather", "What is the weather in Paris?");

        Assert.Equal("RunStarted", frames[0].Type);
        Assert.Equal(
            ["RunStarted", "ModelRequestStarted", "ModelRequestCompleted", "ToolCallStarted", "ToolCallCompleted", "ModelRequestStarted", "RunContent", "ModelRequestCompleted", "RunContentCompleted", "RunCompleted"],
            frames.Select(f => f.Type).Where((name, i) => i == 0 || name != frames[i - 1].Type));
        Assert.All(frames, f => Assert.Equal(f.Type, (string?)f.Envelope["event"]));
        Assert.All(frames, f => Assert.Equal("weather", (string?)f.Envelope["agent_id"]));
        Assert.All(frames, f => Assert.Equal(0, (int)f.Envelope["nested_depth"]!));
        var completed = frames.First(f => f.Type == "ModelRequestCompleted").Envelope;
        Assert.True((double)completed["duration"]! >= (double)completed["time_to_first_token"]!);
        Assert.True((double)frames[^1].Envelope["metrics"]!["time_to_first_token"]! >= 0);
    }

    [Fact]
    public async Task R_SSE_9_reasoning_begins_goes_on_and_ends()
    {
        var names = (await StreamAsync("thinker", "Why?")).Select(f => f.Type).ToList();

        var first = names.IndexOf("ReasoningStarted");
        Assert.True(first > 0);
        Assert.Equal("ReasoningContentDelta", names[first + 1]);
        Assert.Single(names, "ReasoningStarted");
        Assert.True(names.IndexOf("ReasoningStep") > names.LastIndexOf("ReasoningContentDelta"));
        Assert.True(names.IndexOf("ReasoningCompleted") > names.LastIndexOf("ReasoningContentDelta"));
    }

    [Fact]
    public async Task A_stream_that_breaks_anywhere_is_resumed_without_gap_or_double()
    {
        var all = await StreamAsync("thinker", "Why?");
        var runId = (string)all[0].Envelope["run_id"]!;

        foreach (var had in new[] { 1, all.Count / 2, all.Count - 1 })
        {
            var rest = await ReadAsync(new HttpRequestMessage(HttpMethod.Get, $"/api/v1/runs/{runId}/events?dialect=agentos&last_event_index={all[had - 1].Id}"));
            Assert.Equal(all.Skip(had).Select(f => (f.Id, f.Type)), rest.Select(f => (f.Id, f.Type)));
        }
    }

    [Fact]
    public async Task Only_the_named_types_and_the_end_are_sent()
    {
        var frames = await StreamAsync("weather", "What is the weather in Paris?", "&types=ToolCallStarted,MemoryUpdateStarted");

        Assert.Equal(["ToolCallStarted", "RunCompleted"], frames.Select(f => f.Type));
    }

    [Theory]
    [InlineData("dialect=esperanto", "is not a dialect")]
    [InlineData("dialect=agentos&types=token", "is not an event type")]
    public async Task An_unknown_dialect_or_name_is_400(string query, string message)
    {
        using var response = await _app.Http.PostAsJsonAsync($"/api/v1/agents/weather/run/stream?{query}", new { input = "hi" });

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(message, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_name_of_AgentOS_is_known()
    {
        Assert.Equal(34 + 34 + 5 + 31, AgentOsNames.All.Count);
        Assert.Equal(AgentOsNames.All.Count, AgentOsNames.All.Distinct().Count());
    }

    private Task<List<SseFrame>> StreamAsync(string agent, string input, string query = "") => ReadAsync(new HttpRequestMessage(
        HttpMethod.Post, $"/api/v1/agents/{agent}/run/stream?dialect=agentos{query}")
    { Content = JsonContent.Create(new JsonObject { ["input"] = input }) });

    private async Task<List<SseFrame>> ReadAsync(HttpRequestMessage request)
    {
        var frames = new List<SseFrame>();
        await SseClient.ReadAsync(_app.Http, request, frames);
        return frames;
    }
}
