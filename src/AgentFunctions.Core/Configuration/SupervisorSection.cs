// The `supervisor` section: one team over all agents of the file.
using AgentFunctions.Agents;
using AgentFunctions.Models;
using AgentFunctions.Teams;

namespace AgentFunctions.Configuration;

internal static class SupervisorSection
{
    private const string DefaultName = "supervisor";

    private const string DefaultPrompt =
        "You supervise a team of agents. Give each part of the work to the agent that suits it best, and say all it needs to know. Then answer from what they answer.";

    private static readonly Dictionary<string, TeamMode> _strategies = new()
    {
        ["best_match"] = TeamMode.Supervisor,
        ["round_robin"] = TeamMode.RoundRobin,
        ["manual"] = TeamMode.Manual,
    };

    /// <summary>Null when there is no such section, or nobody to supervise.</summary>
    public static Composite? Read(ConfigMap root, IReadOnlyDictionary<string, ModelDefinition> models, IReadOnlyList<AgentDefinition> agents)
    {
        if (root.Get("supervisor") is not { } section || section.Map() is not { } map)
            return null;
        var mode = map.Get("routing_strategy")?.OneOf(_strategies.Keys) is { } word ? _strategies[word] : TeamMode.Supervisor;
        var maxRounds = map.Get("max_rounds")?.Integer(1, 1000) ?? TeamDefinition.DefaultMaxRounds;
        var model = map.Get("model") is { } named ? AgentSection.ReadModel(named, models) : agents.Count > 0 ? agents[0].Model : ModelDefinition.None;
        var leader = new AgentDefinition
        {
            Name = map.Get("name")?.Name() ?? DefaultName,
            Role = "supervisor",
            Prompt = map.Get("system_prompt")?.Text() ?? DefaultPrompt,
            Model = mode == TeamMode.Supervisor ? model : ModelDefinition.None,
            MaxSteps = maxRounds + AgentDefinition.DefaultMaxSteps,
        };
        var place = map.Get("name") ?? section;
        map.End();
        var members = agents.Select(agent => new MemberName(agent.Name, place)).ToList();
        return members.Count == 0 ? null : new Composite(leader.Name, place, members, found => Team.Create(leader, mode, found, maxRounds));
    }
}
