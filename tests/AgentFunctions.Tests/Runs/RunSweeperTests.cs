// What the sweeper mends: runs whose orchestration is missing or ended without finishing them.
using AgentFunctions.Approvals;
using AgentFunctions.Audit;
using AgentFunctions.Agents;
using AgentFunctions.Entities;
using AgentFunctions.Http;
using AgentFunctions.Orchestrations;
using AgentFunctions.Runs;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Storage;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;
using Moq;

namespace AgentFunctions.Tests.Runs;

public sealed class RunSweeperTests : IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private readonly Mock<DurableTaskClient> _client = new("test");
    private readonly Mock<DurableEntityClient> _entities = new("test");
    private readonly RunServices _services;

    public RunSweeperTests()
    {
        _services = new RunServices(_time);
        _client.Setup(c => c.Entities).Returns(_entities.Object);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _services.DisposeAsync();

    [Fact]
    public async Task A_run_without_an_orchestration_gets_one()
    {
        var run = await StoredRunAsync();
        _time.Advance(TimeSpan.FromMinutes(2));
        _client.Invocations.Clear();

        await SweepAsync();

        VerifyScheduled(run, Times.Once());
    }

    [Fact]
    public async Task A_run_behind_hundreds_that_wait_for_a_person_is_mended()
    {
        for (var n = 0; n < 201; n++)
            InstanceIs(await StoredRunAsync(), OrchestrationRuntimeStatus.Running);
        _time.Advance(TimeSpan.FromSeconds(1));
        var run = await StoredRunAsync();
        _time.Advance(TimeSpan.FromMinutes(2));
        _client.Invocations.Clear();

        await SweepAsync();

        VerifyScheduled(run, Times.Once());
    }

    [Fact]
    public async Task A_sweep_whose_time_is_over_ends_and_the_next_one_goes_on_where_it_stopped()
    {
        var looked = new List<string>();
        var ids = new List<string>();
        for (var n = 0; n < 5; n++)
        {
            var run = await StoredRunAsync();
            ids.Add(run.RunId);
            _client.Setup(c => c.GetInstanceAsync(run.RunId, It.IsAny<CancellationToken>()))
                .Callback(() =>
                {
                    looked.Add(run.RunId);
                    _time.Advance(TimeSpan.FromSeconds(15));
                })
                .ReturnsAsync(new OrchestrationMetadata(nameof(AgentRun), run.RunId) { RuntimeStatus = OrchestrationRuntimeStatus.Running });
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        _time.Advance(TimeSpan.FromMinutes(2));

        await SweepAsync();
        Assert.Equal(ids[..3], looked);
        await SweepAsync();
        Assert.Equal(ids, looked);
        await SweepAsync();
        Assert.Equal([.. ids, .. ids[..3]], looked);
    }

    [Fact]
    public async Task A_young_run_is_left_alone()
    {
        var run = await StoredRunAsync();
        _time.Advance(TimeSpan.FromSeconds(30));
        _client.Invocations.Clear();

        await SweepAsync();

        VerifyScheduled(run, Times.Never());
    }

    [Fact]
    public async Task A_run_whose_orchestration_was_terminated_ends_as_cancelled_and_closes_its_stream()
    {
        var run = await StoredRunAsync();
        InstanceIs(run, OrchestrationRuntimeStatus.Terminated);
        _time.Advance(TimeSpan.FromMinutes(2));

        await SweepAsync();

        Assert.Equal(RunStatus.Cancelled, (await _services.Runs.GetAsync(run.RunId))!.Status);
        Assert.Equal("complete", (await _services.Runs.ReadEventsAsync(run.RunId, 0, 100))[^1].Type);
        _entities.Verify(e => e.SignalEntityAsync(
            new EntityInstanceId(nameof(SessionEntity), run.SessionId), nameof(SessionEntity.End), It.Is<object?>(turn => ((SessionTurn)turn!).RunId == run.RunId),
            It.IsAny<SignalEntityOptions?>(), It.IsAny<CancellationToken>()));
    }

    [Fact]
    public async Task A_run_whose_orchestration_failed_hard_ends_in_error()
    {
        var run = await StoredRunAsync();
        InstanceIs(run, OrchestrationRuntimeStatus.Failed);
        _time.Advance(TimeSpan.FromMinutes(2));

        await SweepAsync();

        var mended = (await _services.Runs.GetAsync(run.RunId))!;
        Assert.Equal(RunStatus.Error, mended.Status);
        Assert.Equal(RunErrorCodes.Unknown, mended.Error!.Code);
    }

    [Fact]
    public async Task A_run_that_is_under_way_is_left_alone()
    {
        var run = await StoredRunAsync();
        InstanceIs(run, OrchestrationRuntimeStatus.Running);
        _time.Advance(TimeSpan.FromMinutes(2));

        await SweepAsync();

        Assert.Equal(RunStatus.Pending, (await _services.Runs.GetAsync(run.RunId))!.Status);
    }

    [Fact]
    public async Task R_AP_1_a_run_whose_approval_was_decided_and_that_did_not_hear_of_it_is_woken()
    {
        var run = await StoredRunAsync();
        InstanceIs(run, OrchestrationRuntimeStatus.Running);
        var approvals = _services.Get<IApprovalStore>();
        foreach (var id in new[] { "decided", "open" })
            await _services.Get<ApprovalDesk>().RequestAsync(ApprovalStoreBehaviour.Approval(id) with { RunId = run.RunId, CallId = id }, CancellationToken.None);
        await approvals.ChangeAsync("decided", a => a.Vote(new ApprovalVote(ApprovalStatus.Approved, "ada", null, _time.GetUtcNow())));
        _time.Advance(TimeSpan.FromMinutes(2));

        await SweepAsync();

        Assert.Equal(RunStatus.Paused, (await _services.Runs.GetAsync(run.RunId))!.Status);
        _client.Verify(c => c.RaiseEventAsync(run.RunId, "approval:decided", It.IsAny<object?>(), It.IsAny<CancellationToken>()), Times.Once());
        _client.Verify(c => c.RaiseEventAsync(run.RunId, "approval:open", It.IsAny<object?>(), It.IsAny<CancellationToken>()), Times.Never());

        // The process that took the vote died before it was on record, and the second sweep repeats nothing.
        await SweepAsync();
        var record = Assert.Single((await _services.Get<IAuditLog>().ListAsync(new AuditQuery(Kind: AuditKinds.ApprovalResolved))).Items);
        Assert.Equal("ada", record.Actor);
    }

    private async Task<RunRecord> StoredRunAsync() => await _services.Get<RunStarter>().StartAsync(
        _client.Object, RunKind.Agent, "greeter", new RunRequest { Input = "hi", Hash = "h" }, idempotencyKey: null, traceParent: null, CancellationToken.None);

    private Task SweepAsync() => _services.Get<RunSweeper>().SweepAsync(_client.Object, CancellationToken.None);

    private void InstanceIs(RunRecord run, OrchestrationRuntimeStatus status) => _client
        .Setup(c => c.GetInstanceAsync(run.RunId, It.IsAny<CancellationToken>()))
        .ReturnsAsync(new OrchestrationMetadata(nameof(AgentRun), run.RunId) { RuntimeStatus = status, LastUpdatedAt = _time.GetUtcNow() });

    private void VerifyScheduled(RunRecord run, Times times) => _client.Verify(
        c => c.ScheduleNewOrchestrationInstanceAsync(
            new TaskName(nameof(AgentRun)), It.Is<object?>(input => ((RunStart)input!).RunId == run.RunId),
            It.Is<StartOrchestrationOptions?>(o => o!.InstanceId == run.RunId), It.IsAny<CancellationToken>()),
        times);
}
