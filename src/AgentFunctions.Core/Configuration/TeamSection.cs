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

    public static IReadOnlyList<Composite> Read(
        ConfigMap root, IReadOnlyDictionary<string, ModelDefinition> models, IReadOnlyDictionary<string, ToolDefinition> tools) =>
        [.. (root.Get("teams")?.List() ?? []).Select(team => team.Map()).OfType<ConfigMap>().Select(map => ReadTeam(map, models, tools)).OfType<Composite>()];

    private static Composite? ReadTeam(
        ConfigMap map, IReadOnlyDictionary<string, ModelDefinition> models, IReadOnlyDictionary<string, ToolDefinition> tools)
    {
        var name = map.Require("name");
        var mode = ReadMode(map.Get("mode"));
        var maxRounds = map.Get("max_rounds")?.Integer(1, 1000) ?? TeamDefinition.DefaultMaxRounds;
        var leader = new AgentDefinition
        {
            Name = name?.Name() ?? "",
            Description = map.Get("description")?.Text(),
            Role = "team",
            Prompt = map.Get("prompt")?.Text() ?? PromptFor(mode),
            Model = ReadModel(map, mode, models),
            Tools = AgentSection.ReadTools(map.Get("tools"), tools),
            MaxSteps = map.Get("max_steps")?.Integer(1, 2000) ?? maxRounds + AgentDefinition.DefaultMaxSteps,
            ParallelTools = map.Get("parallel")?.Flag() ?? true,
            Budget = map.Get("budget")?.Map() is { } budget ? AgentSection.ReadBudget(budget) : null,
        };
        leader = leader with { HistoryMessages = map.Get("history_messages")?.Integer(0, 10_000) ?? leader.HistoryMessages };
        var (members, budgets) = ReadMembers(map, mode, leader.Tools);
        map.End();
        return name is null ? null : new Composite(leader.Name, name, members, found => Team.Create(leader, mode, found, maxRounds, budgets));
    }

    private static TeamMode ReadMode(ConfigValue? value) =>
        value?.OneOf(_modes) is { } word ? Enum.GetValues<TeamMode>().First(mode => AgentJson.Word(mode) == word) : TeamMode.Coordinate;

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
