// The end of a delegation: the member's answer becomes the leader's tool result, its usage the team's, all under one key.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Costs;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Metrics;
using AgentFunctions.Telemetry.Spans;

namespace AgentFunctions.Teams;

/// <summary>What the CompleteDelegation activity does. Safe to repeat: a delegation is counted, told and traced once.</summary>
public sealed class DelegationRunner(
    IRunStore runs, DefinitionResolver definitions, RunTracer tracer, AixgoMetrics metrics, TimeProvider time)
{
    public async Task CompleteAsync(Delegation delegation, CancellationToken cancellationToken)
    {
        if (await runs.GetResultAsync(delegation.RunId, delegation.Key, cancellationToken) is not null)
            return;
        var team = await runs.RequireAsync(delegation.RunId, cancellationToken);
        var member = await runs.GetAsync(delegation.Outcome.RunId, cancellationToken);
        var facts = Facts(team, member, delegation);
        var committed = await runs.CommitAsync(await CommitOfAsync(delegation, facts, cancellationToken), cancellationToken);
        if (!committed.Committed)
            return;
        var agent = await definitions.ResolveAsync(team.DefinitionHash, cancellationToken);
        tracer.Emit(team, DelegationSpans.Of(team, agent, facts));
        if (delegation.OpensRound)
            metrics.RoundTaken(team);
    }

    // A member that died at its beginning may have no row.
    private DelegationFacts Facts(RunRecord team, RunRecord? member, Delegation delegation)
    {
        var now = time.GetUtcNow();
        return new DelegationFacts(
            delegation.Member, AgentJson.Word(delegation.Mode), delegation.Round, delegation.Outcome.RunId, member?.CreatedAt ?? now, now)
        {
            TeamId = team.TeamId,
            WorkflowId = team.WorkflowId,
            Input = member?.Input,
            Output = member?.Content,
            Error = delegation.Error,
        };
    }

    private async Task<RunCommit> CommitOfAsync(Delegation delegation, DelegationFacts facts, CancellationToken cancellationToken)
    {
        var commit = new RunCommit(delegation.RunId, delegation.Key, AgentJson.Serialize(facts))
        {
            Change = run => run.IsFinished ? run : run with
            {
                Usage = run.Usage + delegation.Outcome.Usage,
                CostUsd = Money.Sum(run.CostUsd, delegation.Outcome.CostUsd),
                UnpricedCalls = run.UnpricedCalls + delegation.Outcome.UnpricedCalls,
            },
        };
        if (delegation.Call is not { } step)
            return commit;
        var call = await runs.FindCallAsync(step, cancellationToken);
        var response = Response(facts);
        return commit with
        {
            Messages = [new NewMessage(step.Key, step.Step, Message.ToolResult(step.CallId, response), facts.End)],
            Events = [DelegationEvents.Completed(step, call, delegation, JsonNode.Parse(response.GetRawText()), facts.End - facts.Start, facts.End)],
        };
    }

    private static JsonElement Response(DelegationFacts facts) => facts.Error is { } error
        ? JsonSerializer.SerializeToElement(new { error = error.Code, message = error.Message })
        : JsonSerializer.SerializeToElement(facts.Output ?? "");
}
