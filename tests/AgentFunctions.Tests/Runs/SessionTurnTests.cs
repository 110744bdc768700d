// Turns of a session on the app's own host, with a clock that the test moves.
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Runs;
using AgentFunctions.Tests.Fakes;
using AgentFunctions.Tests.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tests.Runs;

public sealed class SessionTurnTests : IAsyncLifetime
{
    private readonly TaskCompletionSource _mayAnswer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FakeOpenAI _model = null!;
    private ClockedApp _app = null!;

    public async Task InitializeAsync()
    {
        _model = await FakeOpenAI.StartNewAsync();
        _model.Respond = request => request.GetRawText().Contains("hold", StringComparison.Ordinal)
            ? FakeReply.Stream().Send(FakeOpenAI.Role()).Signal(_asked).Gate(_mayAnswer.Task).Send(FakeOpenAI.Text("held"), FakeOpenAI.Finish("stop"), FakeOpenAI.Usage(), FakeOpenAI.Done)
            : FakeOpenAI.Answer("Hello.");
        _app = await ClockedApp.StartAsync($$"""
            models:
              fake: { provider: openai, base_url: "{{_model.BaseUrl}}", api_key: "test-key", model: fake }
            agents:
              - { name: greeter, model: fake, prompt: Greet., history_messages: 0 }
            """);
    }

    public async Task DisposeAsync()
    {
        _mayAnswer.TrySetResult();
        await _app.DisposeAsync();
        await _model.DisposeAsync();
    }

    [Fact]
    public async Task A_run_that_waits_for_its_turn_can_be_cancelled_and_leaves_the_queue()
    {
        var holder = await StartAsync("hold");
        await _asked.Task.WaitAsync(FunctionsHost.Patience);
        var waiting = await StartAsync("second");
        var last = await StartAsync("third");

        using var cancel = await _app.Http.PostAsync($"/api/v1/runs/{waiting}/cancel", null);
        var cancelled = await _app.EndOfAsync(waiting);
        Assert.Equal("cancelled", (string?)cancelled["status"]);
        Assert.Null(cancelled["started_at"]);
        Assert.Equal("running", (string?)(await GetAsync(holder))["status"]);

        _mayAnswer.TrySetResult();
        Assert.Equal("completed", (string?)(await _app.EndOfAsync(holder))["status"]);
        Assert.Equal("Hello.", (string?)(await _app.EndOfAsync(last))["content"]);
    }

    [Fact]
    public async Task A_run_that_died_without_ending_its_turn_holds_up_the_next_one_for_a_minute_at_most()
    {
        var holder = await StartAsync("hold");
        await _asked.Task.WaitAsync(FunctionsHost.Patience);
        var next = await StartAsync("second");
        await WaitsAsync(next);
        var client = _app.Services.GetRequiredService<DurableTaskClient>();
        await client.TerminateInstanceAsync(holder);
        await _app.Services.GetRequiredService<RunFinisher>().FinishAsync(
            new RunOutcome { RunId = holder, Status = RunStatus.Cancelled, TerminationReason = "cancelled", Steps = 0, FinishedAt = _app.Time.GetUtcNow() }, CancellationToken.None);

        _app.Time.Advance(TimeSpan.FromSeconds(61));

        Assert.Equal("Hello.", (string?)(await _app.EndOfAsync(next))["content"]);
    }

    // The run has asked for its turn when its orchestration waits: nothing of it is left to do.
    private async Task WaitsAsync(string runId)
    {
        using var limit = new CancellationTokenSource(FunctionsHost.Patience);
        while ((await _app.HistoryAsync(runId))?.Contains("TimerCreated", StringComparison.Ordinal) != true)
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private async Task<string> StartAsync(string input)
    {
        using var response = await _app.Http.PostAsJsonAsync("/api/v1/agents/greeter/run?wait=0", new { input, session_id = "ses-turns" });
        return (string)(await response.Content.ReadFromJsonAsync<JsonObject>())!["run_id"]!;
    }

    private async Task<JsonObject> GetAsync(string runId) => (await _app.Http.GetFromJsonAsync<JsonObject>($"/api/v1/runs/{runId}"))!;
}
