using AgentFunctions.Models;
using AgentFunctions.Runs;

namespace AgentFunctions.Costs;

/// <summary>The prices in force: those of the configuration, and beneath them the table that the app ships with.</summary>
public sealed class PriceBook(PriceTable builtIn, IReadOnlyList<PriceEntry> configured)
{
    private const string AzureOpenAI = "azure_openai";

    private readonly PriceTable _configured = new(CallPrice.Config, builtIn.Version, configured);

    /// <summary>Version of the built-in table.</summary>
    public string Version => builtIn.Version;

    public DateOnly? AsOf => builtIn.AsOf;

    /// <summary>All prices, those of the configuration first.</summary>
    public IEnumerable<(string Source, PriceEntry Entry)> Entries =>
        _configured.Entries.Select(e => (CallPrice.Config, e)).Concat(builtIn.Entries.Select(e => (CallPrice.BuiltIn, e)));

    public bool Knows(ModelDefinition model, DateTimeOffset at) => Find(model, model.Model, at) is not null;

    /// <summary>
    /// The price of a call: by the name that was asked for, else by the one that the answer gave (a deployment may have any
    /// name). Null when none is known.
    /// </summary>
    /// <param name="answered">The model that the provider says it was.</param>
    /// <param name="at">When the call began.</param>
    public CallPrice? Find(ModelDefinition model, string? answered, RunUsage usage, DateTimeOffset at)
    {
        var found = Find(model, model.Model, at) ?? (answered is null ? null : Find(model, answered, at));
        return found is var (source, entry) ? new CallPrice(source, Version, entry.Key, entry.RatesFor(usage.PromptTokens)) : null;
    }

    private (string Source, PriceEntry Entry)? Find(ModelDefinition model, string name, DateTimeOffset at)
    {
        var day = DateOnly.FromDateTime(at.UtcDateTime);
        foreach (var table in (ReadOnlySpan<PriceTable>)[_configured, builtIn])
        {
            // Azure OpenAI's list prices are OpenAI's.
            var entry = table.Find(model.Provider, name, day) ?? (model.Provider == AzureOpenAI ? table.Find("openai", name, day) : null);
            if (entry is not null)
                return (table.Source, entry);
        }

        return null;
    }
}
