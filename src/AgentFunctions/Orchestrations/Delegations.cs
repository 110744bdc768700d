// Work of a team's run that members do, each in a run of its own.
using AgentFunctions.Activities;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Teams;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Spans;

namespace AgentFunctions.Orchestrations;

internal sealed class Delegations(RunScope scope, RunTotals totals, TeamDefinition team)
{
    /// <summary>Has the member do its task and gives its answer to the team. Never throws for what a member does.</summary>
    /// <param name="path">Unique within the run: names the member's run.</param>
    public async Task<Delegation> RunAsync(MemberReference member, int round, string path, MemberTask? task, bool opensRound)
    {
        var runId = RunIds.Member(scope.Run.RunId, path);
        var request = new MemberRequest(scope.Run.RunId, runId, member.Hash, Input: null, DelegationSpans.Path(RunTrace.RootPath, round, runId))
        {
            Budget = team.MemberBudgets?.GetValueOrDefault(member.Name),
            Accounts = scope.Run.Shared?.Runs,
            Delegation = new DelegationStart(team.Mode, round),
            Task = task,
        };
        var outcome = await MemberCall.RunAsync(scope, request);
        totals.Add(outcome);
        var delegation = new Delegation(scope.Run.RunId, member.Name, team.Mode, round, outcome) { Call = task?.Call, OpensRound = opensRound };
        await scope.Context.CallActivityAsync(nameof(CompleteDelegation), delegation, RunScope.Patient);
        return delegation;
    }

    /// <summary>Makes one message of the members' answers.</summary>
    public Task GatherAsync(AnswerForm form, int step) =>
        scope.Context.CallActivityAsync(nameof(GatherAnswers), new TeamAnswer(scope.Run.RunId, form, step), RunScope.Patient);
}
