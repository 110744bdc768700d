// Turns of a session on the app's own host, with a clock that the test moves.
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Local.Storage;
using AgentFunctions.Runs;
using AgentFunctions.Tests.EndToEnd;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Fakes;
using AgentFunctions.Tests.Worker;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tests.Runs;

public sealed class SessionTurnTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly FakeTime _time = new();
    private readonly TaskCompletionSource _mayAnswer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FakeOpenAI _model = null!;
    private FunctionsHost _host = null!;

    public async Task InitializeAsync()
    {
        _model = await FakeOpenAI.StartNewAsync();
        _model.Respond = request => request.GetRawText().Contains("hold", StringComparison.Ordinal)
            ? FakeReply.Stream().Send(FakeOpenAI.Role()).Signal(_asked).Gate(_mayAnswer.Task).Send(FakeOpenAI.Text("held"), FakeOpenAI.Finish("stop"), FakeOpenAI.Usage(), FakeOpenAI.Done)
            : FakeOpenAI.Answer("Hello.");
        _folder.Write("agents.yaml", $$"""
            models:
              fake: { provider: openai, base_url: "{{_model.BaseUrl}}", api_key: "test-key", model: fake }
            agents:
              - { name: greeter, model: fake, prompt: Greet., history_messages: 0 }
            """);
        var builder = FunctionsHost.Builder(Functions());
        builder.Services.AddSingleton<TimeProvider>(_time);
        builder.Services.AddAgentFunctions(builder.Configuration, _folder.Path).AddSqliteStores(_folder.Path);
        builder.Services.AddSingleton<IRunHistory, Local.EngineRunHistory>();
        _host = await FunctionsHost.StartAsync(builder);
    }

    public async Task DisposeAsync()
    {
        _mayAnswer.TrySetResult();
        await _host.DisposeAsync();
        await _model.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_run_that_waits_for_its_turn_can_be_cancelled_and_leaves_the_queue()
    {
        var holder = await StartAsync("hold");
        await _asked.Task.WaitAsync(FunctionsHost.Patience);
        var waiting = await StartAsync("second");
        var last = await StartAsync("third");

        using var cancel = await _host.Client.PostAsync($"/api/v1/runs/{waiting}/cancel", null);
        var cancelled = await EndOfAsync(waiting);
        Assert.Equal("cancelled", (string?)cancelled["status"]);
        Assert.Null(cancelled["started_at"]);
        Assert.Equal("running", (string?)(await GetAsync(holder))["status"]);

        _mayAnswer.TrySetResult();
        Assert.Equal("completed", (string?)(await EndOfAsync(holder))["status"]);
        Assert.Equal("Hello.", (string?)(await EndOfAsync(last))["content"]);
    }

    [Fact]
    public async Task A_run_that_died_without_ending_its_turn_holds_up_the_next_one_for_a_minute_at_most()
    {
        var holder = await StartAsync("hold");
        await _asked.Task.WaitAsync(FunctionsHost.Patience);
        var next = await StartAsync("second");
        await WaitsAsync(next);
        var client = _host.Services.GetRequiredService<DurableTaskClient>();
        await client.TerminateInstanceAsync(holder);
        await _host.Services.GetRequiredService<RunFinisher>().FinishAsync(
            new RunOutcome { RunId = holder, Status = RunStatus.Cancelled, TerminationReason = "cancelled", Steps = 0, FinishedAt = _time.GetUtcNow() }, CancellationToken.None);

        _time.Advance(TimeSpan.FromSeconds(61));

        Assert.Equal("Hello.", (string?)(await EndOfAsync(next))["content"]);
    }

    private static Type[] Functions() =>
        [.. typeof(RunStarter).Assembly.GetTypes().Where(type => type.GetMethods().Any(method => method.IsDefined(typeof(FunctionAttribute), inherit: false)))];

    // The run has asked for its turn when its orchestration waits: nothing of it is left to do.
    private async Task WaitsAsync(string runId)
    {
        using var limit = new CancellationTokenSource(FunctionsHost.Patience);
        var history = _host.Services.GetRequiredService<IRunHistory>();
        var client = _host.Services.GetRequiredService<DurableTaskClient>();
        while ((await history.GetAsync(client, runId, limit.Token))?.ToJsonString().Contains("TimerCreated", StringComparison.Ordinal) != true)
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private async Task<string> StartAsync(string input)
    {
        using var response = await _host.Client.PostAsJsonAsync("/api/v1/agents/greeter/run?wait=0", new { input, session_id = "ses-turns" });
        return (string)(await response.Content.ReadFromJsonAsync<JsonObject>())!["run_id"]!;
    }

    private async Task<JsonObject> GetAsync(string runId) => (await _host.Client.GetFromJsonAsync<JsonObject>($"/api/v1/runs/{runId}"))!;

    private async Task<JsonObject> EndOfAsync(string runId)
    {
        await SseClient.ReadAsync(_host.Client, SseClient.Resume(runId, []), []).WaitAsync(FunctionsHost.Patience);
        return await GetAsync(runId);
    }
}
