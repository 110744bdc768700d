// What a member waits for, in the row of the run that was started.
using AgentFunctions.Agents;
using AgentFunctions.Approvals;
using AgentFunctions.Http;
using AgentFunctions.Runs;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Runs;
using AgentFunctions.Tests.Storage;
using Microsoft.DurableTask.Client;
using Moq;

namespace AgentFunctions.Tests.Approvals;

public sealed class MemberApprovalTests : IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private readonly RunServices _services;
    private RunRecord _root = null!;

    public MemberApprovalTests() => _services = new RunServices(_time);

    private ApprovalDesk Desk => _services.Get<ApprovalDesk>();

    public async Task InitializeAsync()
    {
        _root = await _services.Get<RunStarter>().StartAsync(
            new Mock<DurableTaskClient>("test").Object, RunKind.Agent, "greeter", new RunRequest { Input = "hi", Hash = "h" }, null, null, CancellationToken.None);
    }

    public async Task DisposeAsync() => await _services.DisposeAsync();

    [Fact]
    public async Task The_root_is_paused_until_the_last_of_its_members_goes_on()
    {
        var (first, second) = (await AskAsync("first"), await AskAsync("second"));
        Assert.Equal(RunStatus.Paused, (await RootAsync()).Status);
        Assert.Equal(["first", "second"], (await RootAsync()).Approvals);

        await DecideAsync(first);
        Assert.Equal((RunStatus.Paused, "second"), ((await RootAsync()).Status, Assert.Single((await RootAsync()).Approvals!)));

        await DecideAsync(second);
        Assert.Equal((RunStatus.Running, null), ((await RootAsync()).Status, (await RootAsync()).Approvals));
    }

    [Fact]
    public async Task Asking_and_going_on_again_after_a_crash_changes_the_root_once()
    {
        var asked = await AskAsync("first");
        await Desk.RequestAsync(asked, CancellationToken.None);
        Assert.Equal(["first"], (await RootAsync()).Approvals);

        await DecideAsync(asked);
        await Desk.RequestAsync(asked, CancellationToken.None);
        Assert.Null((await RootAsync()).Approvals);
    }

    private async Task<RunRecord> RootAsync() => (await _services.Runs.GetAsync(_root.RunId))!;

    private async Task<ApprovalRecord> AskAsync(string id)
    {
        var member = _root with { RunId = RunIds.Member(_root.RunId, id), ParentRunId = _root.RunId, Depth = 1 };
        await _services.Runs.CreateAsync(member, [], []);
        return await Desk.RequestAsync(ApprovalStoreBehaviour.Approval(id) with { RunId = member.RunId, CallId = id }, CancellationToken.None);
    }

    private async Task DecideAsync(ApprovalRecord asked)
    {
        var decided = await _services.Get<IApprovalStore>().ChangeAsync(
            asked.Id, a => a.Vote(new ApprovalVote(ApprovalStatus.Approved, "ada", null, _time.GetUtcNow())));
        await Desk.SettleAsync(decided!, CancellationToken.None);
    }
}
