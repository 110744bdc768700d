// Checks that every hook an agent names is there.
using AgentFunctions.Agents;
using AgentFunctions.Configuration;

namespace AgentFunctions.Hooks;

internal static class HookNames
{
    /// <summary>One text for each hook that is neither built in nor registered for its point.</summary>
    public static IEnumerable<string> ProblemsOf(AgentDefinition agent, IReadOnlyCollection<RunHookRegistration> registered) =>
    [
        .. ProblemsAt(agent, HookPoints.PreRun, agent.PreHooks, registered),
        .. ProblemsAt(agent, HookPoints.PostRun, agent.PostHooks, registered),
    ];

    /// <summary>One text for each agent that a hook is registered for and that is not there.</summary>
    public static IEnumerable<string> ProblemsOf(IEnumerable<AgentHookRegistration> registered, IReadOnlyCollection<string> agents) =>
        from registration in registered
        from name in registration.Agents ?? []
        where !agents.Contains(name)
        select $"AddAgentHook<{registration.Type.Name}> names the agent '{name}', which is not there"
            + (Spelling.Nearest(name, agents) is { } nearest ? $"; did you mean '{nearest}'?" : "");

    private static IEnumerable<string> ProblemsAt(
        AgentDefinition agent, string point, IReadOnlyList<HookDefinition>? hooks, IReadOnlyCollection<RunHookRegistration> registered)
    {
        List<string> known = [.. BuiltInHooks.Names, .. registered.Where(r => r.Point == point).Select(r => r.Name)];
        foreach (var hook in hooks?.Where(h => !known.Contains(h.Uses)) ?? [])
        {
            var (list, add) = point == HookPoints.PreRun ? ("pre_hooks", "AddPreHook") : ("post_hooks", "AddPostHook");
            var nearest = Spelling.Nearest(hook.Uses, known) is { } word ? $"; did you mean '{word}'?" : $"; there are {string.Join(", ", known)}";
            yield return $"agent '{agent.Name}': {list} names '{hook.Uses}', which is neither built in nor registered with {add}{nearest}";
        }
    }
}
