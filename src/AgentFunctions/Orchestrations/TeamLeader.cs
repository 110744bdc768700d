// The leader of a team in its step loop: which of its model's tool calls are work for members, and for how long.
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Teams;

namespace AgentFunctions.Orchestrations;

internal sealed class TeamLeader(RunScope scope, RunTotals totals, TeamDefinition team)
{
    private readonly Delegations _delegations = new(scope, totals, team);
    private readonly Dictionary<string, MemberReference> _members = team.Members.ToDictionary(m => DelegationTool.NameFor(m.Name));
    private int _rounds;
    private int _step;

    /// <summary>The leader of a team whose model delegates; null for every other run.</summary>
    public static TeamLeader? Of(RunScope scope, RunTotals totals) =>
        scope.Run.Team is { LeaderDelegates: true } team ? new TeamLeader(scope, totals, team) : null;

    /// <summary>True when all rounds are used: the model is asked once more, for its answer.</summary>
    public bool MustAnswer => _rounds >= team.MaxRounds;

    /// <summary>True when a member's answer is the team's.</summary>
    public bool IsAnswered { get; private set; }

    /// <summary>True for a call that <see cref="DelegateAsync"/> takes. What it does not take is a tool call like any other.</summary>
    public bool Takes(int step, ToolCallReference call)
    {
        var inRound = step == _step;
        return _members.ContainsKey(call.Tool) && (inRound || !MustAnswer) && !(inRound && team.Mode == TeamMode.Route);
    }

    public async Task DelegateAsync(int step, ToolCallReference call)
    {
        var opensRound = step != _step;
        if (opensRound)
            (_step, _rounds) = (step, _rounds + 1);
        var toolStep = new ToolStep(scope.Run.RunId, step, call.CallId, call.Tool);
        var done = await _delegations.RunAsync(_members[call.Tool], _rounds, $"step:{step}/{call.CallId}", new MemberTask(toolStep), opensRound);
        if (team.Mode != TeamMode.Route || !done.Succeeded)
            return;
        await _delegations.GatherAsync(AnswerForm.Last, step);
        IsAnswered = true;
    }
}
