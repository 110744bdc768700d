// The gate before a tool: an approval opens it for the call that the person saw, and for no other.
using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Approvals;
using AgentFunctions.Runs;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Runs;
using AgentFunctions.Tests.Storage;
using AgentFunctions.Tools;

namespace AgentFunctions.Tests.Approvals;

public sealed class ApprovalGateTests : IAsyncDisposable
{
    private static readonly ToolDefinition _tool = new() { Name = "pay", Parameters = JsonElement.Parse("{}"), Approval = new ApprovalRule() };
    private static readonly AgentDefinition _agent = Samples.Definition("teller") with { Tools = [_tool] };
    private static readonly RunRecord _run = Samples.Run("run_1") with { DefinitionHash = _agent.Hash };

    private readonly RunServices _services = new(new FakeTime());

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Fact]
    public async Task R_AP_1_an_approval_opens_the_gate_for_the_arguments_that_were_asked_and_no_others()
    {
        await _services.Get<IDefinitionStore>().PutAsync(_agent);
        await _services.Runs.CreateAsync(_run, [], []);
        var asked = Assert.IsType<Passage.Held>(await PassAsync("call_1", """{"amount":5}"""));
        await _services.Get<IApprovalStore>().ChangeAsync(
            asked.Wait.ApprovalId, approval => approval.Vote(new ApprovalVote(ApprovalStatus.Approved, "ada", null, approval.CreatedAt)));

        var other = Assert.IsType<Passage.Held>(await PassAsync("call_1", """{"amount":500}"""));
        Assert.NotEqual(asked.Wait.ApprovalId, other.Wait.ApprovalId);
        Assert.IsType<Passage.Held>(await PassAsync("call_2", """{"amount":5}"""));
        Assert.Equal(5, Assert.IsType<Passage.Open>(await PassAsync("call_1", """{"amount":5}""")).Arguments.GetProperty("amount").GetInt32());
    }

    [Fact]
    public async Task R_AP_1_a_call_that_is_made_again_while_nobody_has_decided_is_held_again()
    {
        await _services.Get<IDefinitionStore>().PutAsync(_agent);
        await _services.Runs.CreateAsync(_run, [], []);
        var first = Assert.IsType<Passage.Held>(await PassAsync("call_1", """{"amount":5}"""));

        // As after an event that somebody raised past the API.
        var second = Assert.IsType<Passage.Held>(await PassAsync("call_1", """{"amount":5}"""));

        Assert.Equal(first.Wait.ApprovalId, second.Wait.ApprovalId);
    }

    private async Task<Passage> PassAsync(string callId, string arguments) => await _services.Get<ApprovalGate>().PassAsync(
        new ToolStep(_run.RunId, 1, callId, _tool.Name), await _services.Runs.RequireAsync(_run.RunId, CancellationToken.None), _agent, _tool, JsonElement.Parse(arguments), CancellationToken.None);
}
