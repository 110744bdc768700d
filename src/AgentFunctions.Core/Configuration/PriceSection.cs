// The `prices` section: what models cost, in US dollars per million tokens.
using AgentFunctions.Costs;

namespace AgentFunctions.Configuration;

internal static class PriceSection
{
    // A price beyond this was meant per token, or is a slip.
    private const decimal Dearest = 100_000;

    public static IReadOnlyList<PriceEntry> Read(ConfigMap root)
    {
        var entries = new List<PriceEntry>();
        foreach (var (key, value) in root.Get("prices")?.Map()?.Entries() ?? [])
            entries.AddRange(ReadModel(key, value));
        return entries;
    }

    // One price, or a list of prices with their days.
    private static List<PriceEntry> ReadModel(string key, ConfigValue value)
    {
        var entries = new List<PriceEntry>();
        foreach (var item in value.IsList ? value.List() : [value])
        {
            if (item.Map() is not { } map)
                continue;
            var entry = ReadEntry(key, item, map);
            if (entries.Any(other => other.From == entry.From))
                item.AddProblem("begins on the same day as another price of this model; give each a `from` of its own");
            entries.Add(entry);
        }

        return entries;
    }

    private static PriceEntry ReadEntry(string key, ConfigValue value, ConfigMap map)
    {
        var (provider, model) = Split(key);
        var star = model.IndexOf('*', StringComparison.Ordinal);
        if (star >= 0 && star < model.Length - 1)
            value.AddProblem("a `*` can only stand at the end of a model's name");
        var entry = new PriceEntry
        {
            Key = key,
            Provider = provider,
            Model = model.TrimEnd('*'),
            IsPrefix = star >= 0,
            From = map.Get("from")?.Date(),
            Until = map.Get("until")?.Date(),
            Rates = ReadRates(map),
            LongContext = map.Get("long_context")?.Map() is { } longer ? ReadLongContext(longer) : null,
        };
        map.End();
        if (entry.Until <= entry.From)
            map.Get("until")!.AddProblem("must be later than `from`; it is the first day without this price");
        return entry;
    }

    private static LongContextPrice ReadLongContext(ConfigMap map)
    {
        var price = new LongContextPrice(map.Require("above")?.Long(1) ?? 0, ReadRates(map));
        map.End();
        return price;
    }

    private static PriceRates ReadRates(ConfigMap map) =>
        new(map.Require("input")?.Decimal(0, Dearest) ?? 0, map.Require("output")?.Decimal(0, Dearest) ?? 0)
        {
            CachedInput = map.Get("cached_input")?.Decimal(0, Dearest),
            CacheWrite = map.Get("cache_write")?.Decimal(0, Dearest),
        };

    // A model's own name may have a slash too: what stands before it counts only when it is a provider.
    private static (string? Provider, string Model) Split(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && ModelProviders.Names.Contains(key[..slash]) ? (key[..slash], key[(slash + 1)..]) : (null, key);
    }
}
