// Teams and workflows name each other and agents: each is built when all that it names are.
using AgentFunctions.Agents;
using AgentFunctions.Runs;

namespace AgentFunctions.Configuration;

/// <summary>A team or workflow as the file has it, before its members are known.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Place">Where its name is, for problems.</param>
/// <param name="Members">The names that it names.</param>
/// <param name="Build">Makes the definition of the members' definitions, which come in the order of <paramref name="Members"/>.</param>
internal sealed record Composite(
    string Name, ConfigValue Place, IReadOnlyList<MemberName> Members, Func<IReadOnlyList<AgentDefinition>, AgentDefinition> Build);

/// <summary>The name of a member, and where it stands.</summary>
internal sealed record MemberName(string Name, ConfigValue Place);

/// <summary>Builds them in the order of their dependency; a cycle, or one nested too deeply, is told with its path.</summary>
internal sealed class CompositeSections
{
    private readonly Dictionary<string, AgentDefinition> _built = [];
    private readonly Dictionary<string, int> _levels = []; // below each one that is built; an agent has none
    private readonly Dictionary<string, Composite> _waiting = [];
    private readonly HashSet<string> _failed = [];

    private CompositeSections(IEnumerable<AgentDefinition> agents, IEnumerable<Composite> composites)
    {
        foreach (var agent in agents)
            _built.TryAdd(agent.Name, agent);
        foreach (var composite in composites)
        {
            if (_built.ContainsKey(composite.Name) || !_waiting.TryAdd(composite.Name, composite))
                composite.Place.AddProblem($"there is already an agent, team or workflow '{composite.Name}'");
        }
    }

    /// <summary>The definitions of the teams and workflows, members before those that name them.</summary>
    public static IReadOnlyList<AgentDefinition> Build(IReadOnlyCollection<AgentDefinition> agents, IReadOnlyCollection<Composite> composites)
    {
        var sections = new CompositeSections(agents, composites);
        return [.. composites.Select(c => sections.Find(new MemberName(c.Name, c.Place), [])).OfType<AgentDefinition>()];
    }

    private AgentDefinition? Find(MemberName wanted, IReadOnlyList<string> path)
    {
        // Also what is built already, and was found not too deep there, may be too deep here.
        if (_built.TryGetValue(wanted.Name, out var built) && path.Count + _levels.GetValueOrDefault(wanted.Name) <= MemberRuns.MaxDepth)
            return built;
        if (_failed.Contains(wanted.Name))
            return null;
        if (!_waiting.TryGetValue(wanted.Name, out var composite))
            wanted.Place.AddProblem($"there is no agent, team or workflow '{wanted.Name}'", Spelling.Nearest(wanted.Name, _built.Keys.Concat(_waiting.Keys)));
        else if (path.Contains(wanted.Name))
            wanted.Place.AddProblem($"is a member of itself: {string.Join(" → ", path.SkipWhile(n => n != wanted.Name))} → {wanted.Name}");
        else if (built is not null || path.Count >= MemberRuns.MaxDepth)
            wanted.Place.AddProblem($"is nested more than {MemberRuns.MaxDepth} levels deep: {string.Join(" → ", path)} → {wanted.Name}");
        else
            return BuildOne(composite, [.. path, wanted.Name]);
        return null;
    }

    private AgentDefinition? BuildOne(Composite composite, IReadOnlyList<string> path)
    {
        var members = composite.Members.Select(m => Find(m, path)).ToList();
        if (members.Contains(null))
        {
            _failed.Add(composite.Name);
            return null;
        }

        _levels[composite.Name] = 1 + composite.Members.Select(m => _levels.GetValueOrDefault(m.Name)).DefaultIfEmpty().Max();
        return _built[composite.Name] = composite.Build([.. members.OfType<AgentDefinition>()]);
    }
}
