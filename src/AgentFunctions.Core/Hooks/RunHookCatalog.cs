// Which pre- and post-hooks there are: the built-in ones and those registered in code.
using System.Runtime.CompilerServices;
using AgentFunctions.Audit;
using AgentFunctions.Hooks.Guardrails;
using AgentFunctions.Tools;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Hooks;

/// <summary>A hook registered in code under a name, for one point.</summary>
public sealed record RunHookRegistration(string Point, string Name, Func<IServiceProvider, IRunHook> Create);

/// <summary>Thread-safe. Each definition's hook is made once.</summary>
public sealed class RunHookCatalog(IEnumerable<RunHookRegistration> registrations, IServiceProvider services, HttpToolClient http, TimeProvider time)
{
    private readonly ConditionalWeakTable<HookDefinition, IRunHook> _hooks = [];

    /// <summary>The hook that a definition means at a point.</summary>
    /// <exception cref="InvalidOperationException">The definition is of an earlier version, and the hook is not there any more.</exception>
    public IRunHook Get(string point, HookDefinition definition) => _hooks.GetValue(definition, d => Create(point, d));

    private IRunHook Create(string point, HookDefinition definition) => definition.Uses switch
    {
        BuiltInHooks.PromptInjection => new PromptInjectionGuardrail(),
        BuiltInHooks.Pii => new PiiGuardrail(definition.Kinds, Redacts(definition)),
        BuiltInHooks.MaxLength => new MaxLengthGuardrail(definition.Max ?? int.MaxValue),
        BuiltInHooks.BannedWords => new BannedWordsGuardrail(definition.Words ?? [], definition.Patterns ?? [], Redacts(definition)),
        BuiltInHooks.Webhook => new WebhookHook(definition, http, time),
        BuiltInHooks.Audit => new AuditHook(services.GetRequiredService<IAuditLog>(), time),
        var name => registrations.FirstOrDefault(r => r.Name == name && r.Point == point)?.Create(services)
            ?? throw new InvalidOperationException($"There is no {point} hook '{name}'; register it with {(point == HookPoints.PreRun ? "AddPreHook" : "AddPostHook")}."),
    };

    private static bool Redacts(HookDefinition definition) => definition.Action == "redact";
}
