// The definition that a run is pinned to: the current one when it is unchanged, else the stored one.
using AgentFunctions.Models;

namespace AgentFunctions.Agents;

public sealed class DefinitionResolver
{
    private readonly IAgentCatalog _catalog;
    private readonly IDefinitionStore _store;
    private readonly Dictionary<string, AgentDefinition> _current;

    public DefinitionResolver(IAgentCatalog catalog, IDefinitionStore store)
    {
        _catalog = catalog;
        _store = store;
        _current = catalog.Agents.DistinctBy(a => a.Hash).ToDictionary(a => a.Hash);
    }

    /// <summary>The definition with that hash, ready for use.</summary>
    /// <exception cref="InvalidOperationException">No definition with that hash is current or stored.</exception>
    public async Task<AgentDefinition> ResolveAsync(string hash, CancellationToken cancellationToken = default)
    {
        if (_current.TryGetValue(hash, out var current))
            return current;
        var stored = await _store.GetAsync(hash, cancellationToken)
            ?? throw new InvalidOperationException($"The agent definition {hash} is neither in the configuration nor in the definition store.");
        return WithApiKey(stored);
    }

    /// <summary>What a run of that definition is pinned to if it starts now: with the present tools of its MCP servers, and stored.</summary>
    /// <exception cref="InvalidOperationException">No definition with that hash is current or stored.</exception>
    public async Task<AgentDefinition> PinAsync(string hash, CancellationToken cancellationToken = default)
    {
        var agent = await ResolveAsync(hash, cancellationToken);
        var pinned = _catalog.WithServerTools(agent);
        if (pinned != agent)
            await _store.PutAsync(pinned, cancellationToken);
        return pinned;
    }

    private AgentDefinition WithApiKey(AgentDefinition stored)
    {
        var model = WithApiKey(stored.Model);
        return stored with
        {
            Model = model with { Fallbacks = model.Fallbacks?.Select(WithApiKey).ToList() },
            HistorySummary = stored.HistorySummary is { Model: { } summarizer } summary ? summary with { Model = WithApiKey(summarizer) } : stored.HistorySummary,
        };
    }

    // Keys are never stored. The current key goes only where the current configuration would send it.
    private ModelDefinition WithApiKey(ModelDefinition stored)
    {
        var isSame = _catalog.TryGetModel(stored.Key, out var model) && model.Provider == stored.Provider && model.BaseUrl == stored.BaseUrl;
        return isSame ? stored with { ApiKey = model!.ApiKey } : stored;
    }
}
