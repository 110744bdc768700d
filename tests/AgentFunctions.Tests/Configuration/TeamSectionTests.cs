using AgentFunctions.Agents;
using AgentFunctions.Configuration;
using AgentFunctions.Teams;

namespace AgentFunctions.Tests.Configuration;

/// <summary>What the sections `teams` and `supervisor` load to, and what they refuse.</summary>
public sealed class TeamSectionTests
{
    private const string Base = """
        models: { m: { provider: scripted, script: [ { say: hi } ] } }
        agents:
          - { name: a, model: m, prompt: p, description: Knows all about a. }
          - { name: b, model: m, prompt: p }

        """;

    [Fact]
    public void A_team_is_a_definition_with_a_tool_for_each_member_pinned_by_hash()
    {
        var configuration = Load("""
            teams:
              - name: t
                mode: coordinate
                model: m
                members: [a, { name: b, budget: { tokens: 5 } }]
                member_budget: { tokens: 100 }
                max_rounds: 4
                parallel: false
            """);

        var team = configuration.Agents.Single(x => x.Name == "t");
        Assert.Equal(RunKind.Team, team.Kind);
        Assert.Equal((TeamMode.Coordinate, 4, false), (team.Team!.Mode, team.Team.MaxRounds, team.ParallelTools));
        Assert.Equal(["delegate_to_a", "delegate_to_b"], team.Tools.Select(t => t.Name));
        Assert.Equal("Gives a task to the agent 'a' and returns its answer. Knows all about a.", team.Tools[0].Description);
        Assert.Equal([configuration.Agents[0].Hash, configuration.Agents[1].Hash], team.Members.Select(m => m.Hash));
        Assert.Equal((100, 5), (team.Team.MemberBudgets!["a"].Tokens, team.Team.MemberBudgets["b"].Tokens));
    }

    [Fact]
    public void A_changed_member_changes_the_teams_hash()
    {
        const string Teams = "teams: [ { name: t, model: m, members: [outer] }, { name: outer, model: m, members: [a] } ]";
        var before = Load(Teams).Agents.Single(x => x.Name == "t").Hash;
        var after = TemporaryFile.Load(Base.Replace("Knows all about a.", "Knows more.", StringComparison.Ordinal) + Teams).Agents.Single(x => x.Name == "t").Hash;

        Assert.NotEqual(before, after);
        Assert.Equal(before, Load(Teams).Agents.Single(x => x.Name == "t").Hash);
    }

    [Fact]
    public void The_supervisor_is_a_team_over_all_agents_with_the_first_agents_model_by_default()
    {
        var team = Load("supervisor: { name: boss, max_rounds: 3, system_prompt: Rule. }").Agents.Single(x => x.Name == "boss");

        Assert.Equal(("Rule.", "m", TeamMode.Supervisor, 3), (team.Prompt, team.Model.Key, team.Team!.Mode, team.Team.MaxRounds));
        Assert.Equal(["a", "b"], team.Members.Select(m => m.Name));
    }

    [Theory]
    [InlineData("round_robin", TeamMode.RoundRobin)]
    [InlineData("manual", TeamMode.Manual)]
    [InlineData("best_match", TeamMode.Supervisor)]
    public void The_supervisors_routing_strategy_is_the_teams_mode(string strategy, TeamMode mode)
    {
        var team = Load($"supervisor: {{ routing_strategy: {strategy} }}").Agents.Single(x => x.Name == "supervisor");

        Assert.Equal(mode, team.Team!.Mode);
        Assert.Equal(mode == TeamMode.Supervisor, team.Tools.Count > 0);
    }

    [Theory]
    [InlineData("teams: [ { name: t, model: m, members: [c] } ]", "key 'teams[0].members[0]': there is no agent, team or workflow 'c'")]
    [InlineData("teams: [ { name: t, model: m, members: [t] } ]", "is a member of itself: t → t")]
    [InlineData("teams: [ { name: t, model: m, members: [u] }, { name: u, model: m, members: [a, t] } ]", "key 'teams[1].members[1]': is a member of itself: t → u → t")]
    [InlineData("teams: [ { name: a, model: m, members: [b] } ]", "key 'teams[0].name': there is already an agent, team or workflow 'a'")]
    [InlineData("teams: [ { name: t, model: m, members: [] } ]", "key 'teams[0].members': is empty; a team needs at least one member")]
    [InlineData("teams: [ { name: t, model: m, members: [a, a] } ]", "names the member 'a' a second time")]
    [InlineData("teams: [ { name: t, members: [a] } ]", "key 'teams[0].model': is required and missing")]
    [InlineData("teams: [ { name: t, mode: round_robin, model: m, members: [a] } ]", "a team of mode round_robin has no leader; remove the model, or choose another mode")]
    [InlineData("teams: [ { name: t, mode: brodcast, members: [a] } ]", "key 'teams[0].mode': 'brodcast' is not one of coordinate, supervisor, route, broadcast, round_robin, manual")]
    [InlineData("teams: [ { name: t, model: m, members: [a], max_round: 3 } ]", "key 'teams[0].max_round': is not a known key")]
    [InlineData("teams: [ { name: t, mode: route, model: m, members: [a], output: { schema: { type: object } } } ]", "no leader writes the answer of a team of mode route; give `output` to its members")]
    [InlineData("supervisor: { routing_strategy: best }", "'best' is not one of best_match, round_robin, manual")]
    public void A_mistake_is_told_with_its_place(string yaml, string problem)
    {
        var error = Assert.Throws<ConfigurationException>(() => Load(yaml));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Teams_nested_deeper_than_runs_may_be_are_refused_with_the_path()
    {
        var teams = Enumerable.Range(0, 10).Select(n => $"  - {{ name: t{n}, model: m, members: [{(n == 9 ? "a" : $"t{n + 1}")}] }}");

        var error = Assert.Throws<ConfigurationException>(() => Load($"teams:\n{string.Join('\n', teams)}"));

        Assert.Contains("is nested more than 8 levels deep: t0 → t1 → t2 → t3 → t4 → t5 → t6 → t7 → t8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Teams_nested_too_deep_are_refused_also_when_the_file_names_the_innermost_first()
    {
        var teams = Enumerable.Range(0, 9).Reverse().Select(n => $"  - {{ name: t{n}, model: m, members: [{(n == 8 ? "a" : $"t{n + 1}")}] }}");

        var error = Assert.Throws<ConfigurationException>(() => Load($"teams:\n{string.Join('\n', teams)}"));

        Assert.Contains("key 'teams[8].members[0]': is nested more than 8 levels deep: t0 → t1", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Teams_may_be_nested_as_deep_as_runs(bool innermostFirst)
    {
        var teams = Enumerable.Range(0, 8).Select(n => $"  - {{ name: t{n}, model: m, members: [{(n == 7 ? "a" : $"t{n + 1}")}] }}").ToList();
        if (innermostFirst)
            teams.Reverse();

        Assert.Contains(Load($"teams:\n{string.Join('\n', teams)}").Agents, x => x.Name == "t0");
    }

    private static AppConfiguration Load(string yaml) => TemporaryFile.Load(Base + yaml);
}
