// The work of a team's run, by its mode.
using AgentFunctions.Activities;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Teams;

namespace AgentFunctions.Orchestrations;

/// <param name="scope">The run.</param>
/// <param name="totals">Told of what members used.</param>
/// <param name="team">Its members and mode.</param>
/// <param name="leader">The leader's step loop.</param>
internal sealed class TeamRun(RunScope scope, RunTotals totals, TeamDefinition team, StepLoop leader)
{
    private readonly Delegations _delegations = new(scope, totals, team);

    public Task<RunOutcome> RunAsync() => team.Mode switch
    {
        TeamMode.Broadcast => BroadcastAsync(),
        TeamMode.RoundRobin => RoundRobinAsync(),
        TeamMode.Manual => ManualAsync(),
        _ => leader.RunAsync(),
    };

    private async Task<RunOutcome> BroadcastAsync()
    {
        await PrepareAsync();
        var done = await Task.WhenAll(team.Members.Select((member, index) =>
            _delegations.RunAsync(member, round: 1, PathOf(index, member), task: null, opensRound: index == 0)));
        if (!done.Any(d => d.Succeeded))
            return NobodyAnswered(done);
        var led = scope.Run.HasModel;
        await _delegations.GatherAsync(led ? AnswerForm.ForLeader : AnswerForm.Joined, step: 0);
        return led ? await leader.RunAsync() : Answered();
    }

    private async Task<RunOutcome> RoundRobinAsync()
    {
        await PrepareAsync();
        var done = new List<Delegation>();
        foreach (var (index, member) in team.Members.Take(team.MaxRounds).Index())
        {
            var previous = done.LastOrDefault(d => d.Succeeded)?.Outcome.RunId;
            done.Add(await _delegations.RunAsync(
                member, index + 1, PathOf(index, member), previous is null ? null : new MemberTask(Previous: previous), opensRound: true));
            if (scope.Cancelled.IsCompleted)
                return leader.Cancelled();
        }

        if (!done.Any(d => d.Succeeded))
            return NobodyAnswered(done);
        await _delegations.GatherAsync(AnswerForm.Last, step: 0);
        return Answered();
    }

    private async Task<RunOutcome> ManualAsync()
    {
        var name = await PrepareAsync();
        var member = team.Members.FirstOrDefault(m => m.Name == name);
        if (member is null)
            return leader.Failed(new RunError(RunErrorCodes.InvalidInput,
                $"{(name is null ? "The input names no member" : $"There is no member '{name}'")}: begin it with @name, or name one in metadata.{TeamAddress.MetadataKey}. "
                + $"Members: {string.Join(", ", team.Members.Select(m => m.Name))}."));
        var done = await _delegations.RunAsync(member, round: 1, PathOf(0, member), new MemberTask(Member: member.Name), opensRound: true);
        if (!done.Succeeded)
            return NobodyAnswered([done]);
        await _delegations.GatherAsync(AnswerForm.Last, step: 0);
        return Answered();
    }

    private Task<string?> PrepareAsync() => scope.Context.CallActivityAsync<string?>(
        nameof(PrepareTeam), new TeamBeginning(scope.Run.RunId, scope.SessionPosition), RunScope.Patient);

    private RunOutcome Answered() => scope.Cancelled.IsCompleted ? leader.Cancelled() : leader.Answered();

    private RunOutcome NobodyAnswered(IReadOnlyCollection<Delegation> done) => scope.Cancelled.IsCompleted
        ? leader.Cancelled()
        : leader.Failed(new RunError(RunErrorCodes.MemberFailed,
            $"No member of the team answered. {string.Join(" ", done.Select(d => $"{d.Member}: {d.Error!.Code}, {d.Error.Message}"))}"));

    private static string PathOf(int index, MemberReference member) => $"member:{index}:{member.Name}";
}
