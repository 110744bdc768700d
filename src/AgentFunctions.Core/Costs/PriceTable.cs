using System.Text.RegularExpressions;

namespace AgentFunctions.Costs;

/// <summary>Prices of one origin.</summary>
/// <param name="Source"><see cref="CallPrice.BuiltIn"/> or <see cref="CallPrice.Config"/>.</param>
public sealed partial record PriceTable(string Source, string Version, IReadOnlyList<PriceEntry> Entries)
{
    /// <summary>When the prices were looked up.</summary>
    public DateOnly? AsOf { get; init; }

    /// <summary>
    /// The price of the model on that day: under its exact name, else under its name without a date or revision at the end,
    /// else by the longest beginning that has a price. An entry for the provider goes before one for any provider. Nothing
    /// else is tried: <c>gpt-4</c> is no price for <c>gpt-4o</c>.
    /// </summary>
    public PriceEntry? Find(string provider, string model, DateOnly day)
    {
        var entries = Entries.Where(e => e.Covers(day) && (e.Provider is null || e.Provider == provider)).ToList();
        return Best(entries.Where(e => !e.IsPrefix && Same(e.Model, model)))
            ?? Best(entries.Where(e => !e.IsPrefix && Same(e.Model, WithoutDate(model))))
            ?? Best(entries.Where(e => e.IsPrefix && model.StartsWith(e.Model, StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary><c>gpt-4o-mini-2024-07-18</c> is <c>gpt-4o-mini</c>; so are the endings -20250929, @20250929, -0613, -001 and -latest cut.</summary>
    public static string WithoutDate(string model) => DateOrRevision().Replace(model, "");

    private static PriceEntry? Best(IEnumerable<PriceEntry> entries) => entries
        .OrderByDescending(e => e.Model.Length)
        .ThenByDescending(e => e.Provider is not null)
        .ThenByDescending(e => e.From ?? DateOnly.MinValue)
        .FirstOrDefault();

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"[-@](\d{4}-\d{2}-\d{2}|\d{2}-\d{4}|\d{8}|\d{4}|\d{3}|latest)$")]
    private static partial Regex DateOrRevision();
}
