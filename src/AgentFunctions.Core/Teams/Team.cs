// Makes the definition of a team from its leader and its members.
using AgentFunctions.Agents;

namespace AgentFunctions.Teams;

/// <summary>
/// Teams made in code: <c>services.AddAgent(parts => Team.Create(leader, TeamMode.Route, [billing, shipping]))</c>. The members
/// must be registered as well.
/// </summary>
public static class Team
{
    /// <summary>The leader with the members' tools, pinned to the definitions that the members have now.</summary>
    /// <param name="leader">Name, prompt, model and limits of the team; <see cref="Models.ModelDefinition.None"/> where no model is needed.</param>
    /// <param name="mode">How work reaches the members.</param>
    /// <param name="members">Agents, teams or workflows, each once.</param>
    /// <param name="maxRounds">See <see cref="TeamDefinition.MaxRounds"/>.</param>
    /// <param name="memberBudgets">See <see cref="TeamDefinition.MemberBudgets"/>.</param>
    public static AgentDefinition Create(
        AgentDefinition leader, TeamMode mode, IReadOnlyList<AgentDefinition> members,
        int maxRounds = TeamDefinition.DefaultMaxRounds, IReadOnlyDictionary<string, RunBudget>? memberBudgets = null) => leader with
        {
            Team = new TeamDefinition
            {
                Mode = mode,
                Members = [.. members.Select(MemberReference.To)],
                MaxRounds = maxRounds,
                MemberBudgets = memberBudgets,
            },
            Tools = TeamDefinition.Delegates(mode) ? [.. leader.Tools, .. members.Select(DelegationTool.For)] : leader.Tools,
        };
}
