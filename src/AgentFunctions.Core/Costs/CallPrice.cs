namespace AgentFunctions.Costs;

/// <summary>What one model call was priced with, kept with its result so that an old run can explain its cost.</summary>
/// <param name="Source"><c>builtin</c> or <c>config</c>.</param>
/// <param name="Version">Version of the built-in table that was in use; a price of the configuration stands above that one.</param>
/// <param name="Key">The table's key that matched, for example <c>openai/gpt-4o-mini</c>.</param>
/// <param name="Rates">The rates that were applied.</param>
public sealed record CallPrice(string Source, string Version, string Key, PriceRates Rates)
{
    public const string BuiltIn = "builtin";
    public const string Config = "config";
}
