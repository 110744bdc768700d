// Which agents this app has: by name for new runs, by hash for runs that started with an earlier definition.
using System.Diagnostics.CodeAnalysis;
using AgentFunctions.Models;

namespace AgentFunctions.Agents;

/// <summary>The agents, teams and workflows of the loaded configuration, in one space of names. Immutable after start.</summary>
public interface IAgentCatalog
{
    /// <summary>All definitions, of every <see cref="AgentDefinition.Kind"/>.</summary>
    IReadOnlyList<AgentDefinition> Agents { get; }

    bool TryGet(string name, [NotNullWhen(true)] out AgentDefinition? agent);

    /// <summary>The current model that <paramref name="reference"/> names: a key of <c>models</c> or <c>provider/model</c>.</summary>
    bool TryGetModel(string reference, [NotNullWhen(true)] out ModelDefinition? model);

    /// <summary>The agent with its model replaced by the one that <paramref name="model"/> names (a key of <c>models</c> or <c>provider/model</c>).</summary>
    /// <exception cref="ArgumentException">No such model; the message lists the keys.</exception>
    AgentDefinition WithModel(AgentDefinition agent, string model);

    /// <summary>The agent with the tools that its MCP servers list now: what a run that starts now is pinned to.</summary>
    AgentDefinition WithServerTools(AgentDefinition agent);
}

/// <summary>Definitions by hash, so that a changed configuration never changes a running run.</summary>
public interface IDefinitionStore
{
    /// <summary>Stores the definition under its hash. Idempotent.</summary>
    Task PutAsync(AgentDefinition definition, CancellationToken cancellationToken = default);

    /// <summary>The definition with that hash, or null when it was never stored.</summary>
    Task<AgentDefinition?> GetAsync(string hash, CancellationToken cancellationToken = default);
}
