// A summary whose process died after it was made and before the session had it: it is kept, and not made again.
using AgentFunctions.Agents;
using AgentFunctions.Http;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Sessions;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Fakes;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Moq;

namespace AgentFunctions.Tests.Runs;

public sealed class StoredSummaryTests : IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private FakeOpenAI _model = null!;
    private RunServices _services = null!;
    private int _turns;

    public async Task InitializeAsync()
    {
        _model = await FakeOpenAI.StartNewAsync();
        _model.Respond = _ => FakeOpenAI.Answer($"summary {_model.Requests.Count}");
        _services = new RunServices(_time, $$"""
            models:
              fake: { provider: openai, base_url: "{{_model.BaseUrl}}", api_key: "test-key", model: fake-model }
            agents:
              - { name: brief, model: fake, prompt: Be brief., history: { messages: 2, summary: { after_messages: 3 } } }
            """);
    }

    public async Task DisposeAsync()
    {
        await _services.DisposeAsync();
        await _model.DisposeAsync();
    }

    [Fact]
    public async Task A_summary_that_the_session_did_not_get_is_taken_from_its_run_and_the_model_is_asked_once()
    {
        await RunAsync("one");
        var second = await RunAsync("two");
        var step = new SummaryStep(second.RunId, SessionPosition: 2);
        var dying = ActivatorUtilities.CreateInstance<SessionSummarizer>(_services.Get<IServiceProvider>(), new SessionsThatCannotBeChanged(_services.Get<ISessionStore>()));

        await Assert.ThrowsAsync<IOException>(() => dying.SummarizeAsync(step, CancellationToken.None));
        Assert.Null((await _services.Get<ISessionStore>().GetAsync("s"))!.Summary);
        var call = await _services.Get<SessionSummarizer>().SummarizeAsync(step, CancellationToken.None);

        Assert.Single(_model.Requests);
        Assert.Equal(25, call!.Usage.TotalTokens);
        var summary = (await _services.Get<ISessionStore>().GetAsync("s"))!.Summary!;
        Assert.Equal(("summary 1", second.RunId), (summary.Text, summary.RunId));
    }

    // A run as its last step left it.
    private async Task<RunRecord> RunAsync(string input)
    {
        var request = new RunRequest { Input = input, SessionId = "s", Hash = "h" };
        var run = await _services.Get<RunStarter>().StartAsync(
            new Mock<DurableTaskClient>("test").Object, RunKind.Agent, "brief", request, idempotencyKey: null, traceParent: null, CancellationToken.None);
        var position = ++_turns;
        await _services.Runs.CommitAsync(new RunCommit(run.RunId, "answer", "{}")
        {
            Messages = [new NewMessage("answer", 1, new Message { Role = "assistant", Parts = [MessagePart.OfText($"answer to {input}")] }, _time.GetUtcNow())],
            Change = row => row with { SessionPosition = position, Status = RunStatus.Completed, FinishedAt = _time.GetUtcNow() },
        });
        return run;
    }

    // As when the process dies before the session is written.
    private sealed class SessionsThatCannotBeChanged(ISessionStore inner) : ISessionStore
    {
        public Task<SessionRecord?> GetAsync(string sessionId, CancellationToken cancellationToken = default) => inner.GetAsync(sessionId, cancellationToken);

        public Task<SessionCreation> CreateAsync(SessionRecord session, CancellationToken cancellationToken = default) => inner.CreateAsync(session, cancellationToken);

        public Task<ListPage<SessionRecord>> ListAsync(SessionQuery query, CancellationToken cancellationToken = default) => inner.ListAsync(query, cancellationToken);

        public Task<SessionRecord?> ChangeAsync(string sessionId, Func<SessionRecord, SessionRecord> change, CancellationToken cancellationToken = default) =>
            throw new IOException("gone");

        public Task DeleteAsync(string sessionId, CancellationToken cancellationToken = default) => inner.DeleteAsync(sessionId, cancellationToken);
    }
}
