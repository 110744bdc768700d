// The hooks registered in code, by agent and point.
using System.Collections.Concurrent;

namespace AgentFunctions.Hooks;

/// <summary>A hook registered in code.</summary>
/// <param name="Agents">The agents whose runs it sees; null for all.</param>
public sealed record AgentHookRegistration(Type Type, IReadOnlyCollection<string>? Agents, Func<IServiceProvider, IAgentHook> Create);

/// <summary>Finds hooks. Thread-safe; each chain is made once.</summary>
public sealed class AgentHooks(IEnumerable<AgentHookRegistration> registrations, IServiceProvider services)
{
    private readonly AgentHookRegistration[] _registrations = [.. registrations];
    private readonly ConcurrentDictionary<(string Agent, string Point), NamedHook[]> _chains = new();

    /// <summary>The hooks that implement the point, in the order of their registration.</summary>
    internal NamedHook[] At(string agent, string point) =>
        _registrations.Length == 0 ? [] : _chains.GetOrAdd((agent, point), key => ChainOf(key.Agent, key.Point));

    private NamedHook[] ChainOf(string agent, string point) =>
    [
        .. from registration in _registrations
           where registration.Agents?.Contains(agent) != false && Implements(registration.Type, point)
           select new NamedHook(NameOf(registration), registration.Create(services)),
    ];

    // One class may be registered twice, for different agents or not: its spans need names of their own.
    private string NameOf(AgentHookRegistration registration)
    {
        var number = _registrations.Where(r => r.Type == registration.Type).TakeWhile(r => r != registration).Count();
        return number == 0 ? registration.Type.Name : $"{registration.Type.Name}_{number + 1}";
    }

    // A method that the class does not have is the interface's own default.
    private static bool Implements(Type type, string point)
    {
        var map = type.GetInterfaceMap(typeof(IAgentHook));
        var index = Array.FindIndex(map.InterfaceMethods, method => method.Name == MethodOf(point));
        return map.TargetMethods[index].DeclaringType != typeof(IAgentHook);
    }

    private static string MethodOf(string point) => point switch
    {
        HookPoints.Request => nameof(IAgentHook.OnRequestAsync),
        HookPoints.Response => nameof(IAgentHook.OnResponseAsync),
        HookPoints.ToolCallStart => nameof(IAgentHook.OnToolCallStartAsync),
        HookPoints.ToolCall => nameof(IAgentHook.OnToolCallAsync),
        HookPoints.StepFinish => nameof(IAgentHook.OnStepFinishAsync),
        HookPoints.Finish => nameof(IAgentHook.OnFinishAsync),
        HookPoints.BeforeToolExecute => nameof(IAgentHook.OnBeforeToolExecuteAsync),
        HookPoints.AfterToolExecute => nameof(IAgentHook.OnAfterToolExecuteAsync),
        HookPoints.BeforeStep => nameof(IAgentHook.OnBeforeStepAsync),
        _ => throw new ArgumentException($"'{point}' is not a point of {nameof(IAgentHook)}.", nameof(point)),
    };
}

/// <param name="Name">In spans and log lines.</param>
internal sealed record NamedHook(string Name, IAgentHook Hook);
