// The `teams` section: agents that work together under a leader.
using AgentFunctions.Agents;
using AgentFunctions.Models;
using AgentFunctions.Teams;
using AgentFunctions.Tools;

namespace AgentFunctions.Configuration;

internal static class TeamSection
{
    private const string LeaderPrompt =
        "You lead a team. Give each part of the work to the member that suits it best, and say all it needs to know. Then answer from what the members answer.";

    private const string RoutePrompt = "You lead a team. Give the work to the one member that suits it best; its answer is the team's.";

    private const string BroadcastPrompt = "You lead a team. Each member was asked; their answers follow the question. Make one answer of them.";

    private static readonly string[] _modes = [.. Enum.GetValues<TeamMode>().Select(AgentJson.Word)];

    public static IReadOnlyList<Composite> Read(ConfigMap root, ConfigParts parts) =>
    [
        .. from team in root.Get("teams")?.List() ?? []
           let map = team.Map()
           where map is not null
           let composite = ReadTeam(map, parts)
           where composite is not null
           select composite,
    ];

    private static Composite? ReadTeam(ConfigMap map, ConfigParts parts)
    {
        var mode = ReadMode(map.Get("mode"));
        var maxRounds = map.Get("max_rounds")?.Integer(1, 1000) ?? TeamDefinition.DefaultMaxRounds;
        var leader = AgentSection.ReadParts(map, ReadModel(map, mode, parts.Models), parts);
        leader = leader with
        {
            Role = "team",
            Prompt = leader.Prompt.Length > 0 ? leader.Prompt : PromptFor(mode),
            MaxSteps = map.Has("max_steps") ? leader.MaxSteps : maxRounds + AgentDefinition.DefaultMaxSteps,
            ParallelTools = map.Get("parallel")?.Flag() ?? true,
        };
        if (leader.Output is not null && !WritesAnswer(mode, leader))
            map.Get("output")!.AddProblem($"no leader writes the answer of a team of mode {AgentJson.Word(mode)}; give `output` to its members");
        var (members, budgets) = ReadMembers(map, mode, leader.Tools);
        map.End();
        return map.Get("name") is not { } name ? null : new Composite(leader.Name, name, members, found => Team.Create(leader, mode, found, maxRounds, budgets));
    }

    private static TeamMode ReadMode(ConfigValue? value) =>
        value?.OneOf(_modes) is { } word ? Enum.GetValues<TeamMode>().First(mode => AgentJson.Word(mode) == word) : TeamMode.Coordinate;

    private static bool WritesAnswer(TeamMode mode, AgentDefinition leader) =>
        mode is TeamMode.Coordinate or TeamMode.Supervisor || (mode == TeamMode.Broadcast && leader.Model.Key != ModelDefinition.None.Key);

    private static string PromptFor(TeamMode mode) => mode switch
    {
        TeamMode.Route => RoutePrompt,
        TeamMode.Broadcast => BroadcastPrompt,
        _ => LeaderPrompt,
    };

    private static ModelDefinition ReadModel(ConfigMap map, TeamMode mode, IReadOnlyDictionary<string, ModelDefinition> models)
    {
        if (TeamDefinition.Delegates(mode))
            return AgentSection.ReadModel(map.Require("model"), models);
        if (mode != TeamMode.Broadcast)
            map.Get("model")?.AddProblem($"a team of mode {AgentJson.Word(mode)} has no leader; remove the model, or choose another mode");
        return map.Has("model") ? AgentSection.ReadModel(map.Get("model"), models) : ModelDefinition.None;
    }

    private static (List<MemberName> Members, Dictionary<string, RunBudget>? Budgets) ReadMembers(
        ConfigMap map, TeamMode mode, IReadOnlyCollection<ToolDefinition> tools)
    {
        var members = new List<MemberName>();
        var budgets = new Dictionary<string, RunBudget>();
        var common = map.Get("member_budget")?.Map() is { } budget ? AgentSection.ReadBudget(budget) : null;
        var list = map.Require("members");
        foreach (var item in list?.List() ?? [])
        {
            if (ReadMember(item) is not var (member, own))
                continue;
            Check(member, mode, members, tools);
            members.Add(member);
            if ((own ?? common) is { } limit)
                budgets[member.Name] = limit;
        }

        if (list is { IsList: true } && list.List().Count == 0)
            list.AddProblem("is empty; a team needs at least one member");
        return (members, budgets.Count == 0 ? null : budgets);
    }

    // A name, or { name, budget }.
    private static (MemberName Member, RunBudget? Budget)? ReadMember(ConfigValue item)
    {
        if (!item.IsMap)
            return item.Text() is { } text ? (new MemberName(text, item), null) : null;
        var map = item.Map()!;
        var name = map.Require("name");
        var budget = map.Get("budget")?.Map() is { } limits ? AgentSection.ReadBudget(limits) : null;
        map.End();
        return name?.Text() is { } named ? (new MemberName(named, name), budget) : null;
    }

    private static void Check(MemberName member, TeamMode mode, List<MemberName> members, IReadOnlyCollection<ToolDefinition> tools)
    {
        if (members.Any(other => other.Name == member.Name))
            member.Place.AddProblem($"names the member '{member.Name}' a second time");
        if (!TeamDefinition.Delegates(mode))
            return;
        if (member.Name.Length > DelegationTool.LongestMemberName)
            member.Place.AddProblem($"is too long for a member that a leader gives work to: at most {DelegationTool.LongestMemberName} characters");
        if (tools.Any(tool => tool.Name == DelegationTool.NameFor(member.Name)))
            member.Place.AddProblem($"the leader has a tool of its own that is called {DelegationTool.NameFor(member.Name)}; rename one of them");
    }
}
