// An activity is delivered at least once: what hooks decided in an earlier delivery stands, and they are not asked again.
using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Audit;
using AgentFunctions.Hooks;
using AgentFunctions.Http;
using AgentFunctions.Models;
using AgentFunctions.Orchestrations;
using AgentFunctions.Runs;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Runs;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Moq;

namespace AgentFunctions.Tests.Hooks;

public sealed class StoredDecisionTests : IAsyncLifetime
{
    private const string Agents = """
        models:
          quick: { provider: scripted, model: quick-script, script: [{ say: "Hello." }] }
        agents:
          - name: greeter
            model: quick
            prompt: Greet.
            pre_hooks: [asked_before]
            post_hooks: [{ hook: asked_after, background: true, attempts: 3 }, { hook: audit, background: true, attempts: 3 }]
            tools: [get_weather]
        """;

    private readonly FakeTime _time = new();
    private readonly Mock<DurableTaskClient> _client = new("test");
    private readonly Witness _witness = new();
    private readonly RunServices _services;
    private int _asked;

    public StoredDecisionTests() => _services = new RunServices(_time, Agents, services => services
        .AddPreHook("asked_before", (_, _) => Asked(HookVerdict.Replace($"number {_asked + 1}")))
        .AddPostHook("asked_after", (_, _) => Asked(HookVerdict.Pass))
        .AddSingleton(_witness).AddAgentHook<Witness>()
        .AddSingleton(new Interceptor
        {
            Step = _ => Counted(new BeforeStepResult { ExtraMessages = [Message.User($"hint {_asked + 1}")] }),
            Before = _ => Counted(new BeforeToolResult { Input = Interceptor.Json(new { city = $"city {_asked + 1}" }) }),
        })
        .AddAgentHook<Interceptor>());

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _services.DisposeAsync();

    [Fact]
    public async Task The_verdict_of_a_pre_hook_stands()
    {
        var run = await StoredRunAsync();
        var check = new RunCheck(run.RunId, HookPoints.PreRun, 1);

        await _services.Get<RunCheckRunner>().RunAsync(check, CancellationToken.None);
        await _services.Get<RunCheckRunner>().RunAsync(check, CancellationToken.None);

        Assert.Equal(1, _asked);
        Assert.Equal("number 1", Assert.Single(await _services.Runs.GetMessagesAsync(run.RunId)).Message.Text);
        Assert.Equal("number 1", (await _services.Runs.GetAsync(run.RunId))!.Input);
    }

    [Fact]
    public async Task Messages_added_before_a_step_are_added_once_whatever_is_tried_again()
    {
        var run = await StoredRunAsync();
        var hooks = _services.Get<StepHooks>();

        await hooks.StopsBeforeAsync(new ModelStep(run.RunId, 2, 1, 1), run, await AgentAsync(run), CancellationToken.None);
        await hooks.StopsBeforeAsync(new ModelStep(run.RunId, 2, 2, 1), run, await AgentAsync(run), CancellationToken.None);

        Assert.Equal(1, _asked);
        Assert.Equal("hint 1", Assert.Single(await _services.Runs.GetMessagesAsync(run.RunId)).Message.Text);
    }

    [Fact]
    public async Task The_input_of_a_tool_call_is_overridden_once()
    {
        var run = await StoredRunAsync();
        var call = new MessagePart { Type = MessagePart.ToolCallType, Id = "call_1", Name = "get_weather", Arguments = Interceptor.Json(new { city = "Oslo" }) };
        var tool = new HookedTool(new ToolStep(run.RunId, 1, "call_1", "get_weather"), run, await AgentAsync(run), call);

        var first = await _services.Get<ToolHooks>().BeginAsync(tool, CancellationToken.None);
        var second = await _services.Get<ToolHooks>().BeginAsync(tool, CancellationToken.None);

        Assert.Equal(1, _asked);
        Assert.Equal("city 1", CityOf(first));
        Assert.Equal("city 1", CityOf(second));
        Assert.Equal(first.Decision.Hooks!.Select(h => h.Point), second.Decision.Hooks!.Select(h => h.Point));
    }

    [Fact]
    public async Task The_end_of_a_run_is_told_once()
    {
        var run = await StoredRunAsync();

        await _services.Get<RunFinisher>().FinishAsync(OutcomeOf(run), CancellationToken.None);
        await _services.Get<RunFinisher>().FinishAsync(OutcomeOf(run), CancellationToken.None);

        Assert.Equal(["finish natural"], _witness.Seen);
    }

    [Fact]
    public async Task A_background_hook_that_succeeded_is_not_called_again()
    {
        var run = await StoredRunAsync();
        await _services.Get<RunFinisher>().FinishAsync(OutcomeOf(run), CancellationToken.None);
        var job = new BackgroundHookJob(run.RunId, "asked_after", 3);

        await _services.Get<BackgroundHookRunner>().RunAsync(job, CancellationToken.None);
        await _services.Get<BackgroundHookRunner>().RunAsync(job, CancellationToken.None);

        Assert.Equal(1, _asked);
    }

    [Fact]
    public async Task R_AP_2_an_audit_hook_that_is_called_again_because_its_result_was_lost_is_on_record_once()
    {
        var run = await StoredRunAsync();
        await _services.Get<RunFinisher>().FinishAsync(OutcomeOf(run), CancellationToken.None);
        var job = new BackgroundHookJob(run.RunId, "audit", 3);
        var dying = ActivatorUtilities.CreateInstance<BackgroundHookRunner>(_services.Get<IServiceProvider>(), new StoreThatTakesNothing(_services.Runs));

        await Assert.ThrowsAsync<IOException>(() => dying.RunAsync(job, CancellationToken.None));
        await _services.Get<BackgroundHookRunner>().RunAsync(job, CancellationToken.None);

        Assert.Equal(run.RunId, Assert.Single((await _services.Get<IAuditLog>().ListAsync(new AuditQuery(Kind: "custom.run"))).Items).RunId);
        Assert.NotNull(await _services.Runs.GetResultAsync(run.RunId, job.Key()));
    }

    [Fact]
    public async Task A_background_hook_waits_for_the_end_of_its_run()
    {
        var run = await StoredRunAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(
            () => _services.Get<BackgroundHookRunner>().RunAsync(new BackgroundHookJob(run.RunId, "asked_after", 3), CancellationToken.None));

        Assert.Equal(0, _asked);
    }

    [Fact]
    public async Task The_background_hooks_of_a_deleted_run_are_done()
    {
        await _services.Get<BackgroundHookRunner>().RunAsync(new BackgroundHookJob("run_deleted", "asked_after", 3), CancellationToken.None);

        Assert.Equal(0, _asked);
    }

    [Fact]
    public async Task The_sweeper_starts_the_background_hooks_of_a_run_that_it_finishes()
    {
        var run = await StoredRunAsync();
        _client.Setup(c => c.Entities).Returns(new Mock<Microsoft.DurableTask.Client.Entities.DurableEntityClient>("test").Object);
        _client.Setup(c => c.GetInstanceAsync(run.RunId, It.IsAny<CancellationToken>()))
            .ReturnsAsync(new OrchestrationMetadata(nameof(AgentRun), run.RunId) { RuntimeStatus = OrchestrationRuntimeStatus.Terminated });
        _time.Advance(TimeSpan.FromMinutes(2));

        await _services.Get<RunSweeper>().SweepAsync(_client.Object, CancellationToken.None);

        _client.Verify(c => c.ScheduleNewOrchestrationInstanceAsync(
            new TaskName(nameof(BackgroundHook)), new BackgroundHookJob(run.RunId, "asked_after", 3),
            It.Is<StartOrchestrationOptions?>(o => o!.InstanceId == BackgroundHookJob.IdOf(run.RunId, "asked_after")), It.IsAny<CancellationToken>()), Times.Once());
    }

    private static string? CityOf(HookedToolCall call) => call.Call.Arguments!.Value.GetProperty("city").GetString();

    private ValueTask<HookVerdict> Asked(HookVerdict verdict) => new(Counted(verdict));

    private T Counted<T>(T answer)
    {
        _asked++;
        return answer;
    }

    private async Task<AgentDefinition> AgentAsync(RunRecord run) => await _services.Get<DefinitionResolver>().ResolveAsync(run.DefinitionHash);

    private async Task<RunRecord> StoredRunAsync() => await _services.Get<RunStarter>().StartAsync(
        _client.Object, RunKind.Agent, "greeter", new RunRequest { Input = "hi", Hash = "h" }, idempotencyKey: null, traceParent: null, CancellationToken.None);

    private RunOutcome OutcomeOf(RunRecord run) => new()
    {
        RunId = run.RunId,
        Status = RunStatus.Completed,
        TerminationReason = "natural",
        Steps = 1,
        FinishedAt = _time.GetUtcNow(),
    };

    // As when the process dies before the result is kept.
    private sealed class StoreThatTakesNothing(IRunStore inner) : DelegatingRunStore(inner)
    {
        public override Task<CommitOutcome> CommitAsync(RunCommit commit, CancellationToken cancellationToken = default) => throw new IOException("gone");
    }
}
