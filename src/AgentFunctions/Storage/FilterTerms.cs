using AgentFunctions.Traces;

namespace AgentFunctions.Storage;

/// <summary>What a filter demands of all that it lets pass, so that a shorter list can be read. The filter itself decides.</summary>
internal static class FilterTerms
{
    /// <summary>The text that a key must have; null when the filter demands none.</summary>
    public static string? Text(Filter? filter, string key) => Demands(filter)
        .Where(term => term.Operator == FilterOperator.Eq && term.Key == key)
        .Select(term => term.Value as string)
        .FirstOrDefault(text => text is not null);

    /// <summary>From when to when the start must be, the second inclusive; null where the filter sets no bound.</summary>
    public static (DateTimeOffset? From, DateTimeOffset? To) Start(Filter? filter)
    {
        var bounds = Demands(filter).Where(term => term.Key is "start_time" or "created_at" && term.Value is DateTimeOffset).ToList();
        return (
            bounds.Where(term => term.Operator is FilterOperator.Gt or FilterOperator.Gte or FilterOperator.Eq).Max(term => (DateTimeOffset?)term.Value),
            bounds.Where(term => term.Operator is FilterOperator.Lt or FilterOperator.Lte or FilterOperator.Eq).Min(term => (DateTimeOffset?)term.Value));
    }

    /// <summary>Whether the filter asks for something that slim spans do not have.</summary>
    public static bool AsksForContent(Filter? filter) => filter switch
    {
        null => false,
        Filter.All all => all.Conditions.Any(AsksForContent),
        Filter.Any any => any.Conditions.Any(AsksForContent),
        Filter.Not not => AsksForContent(not.Condition),
        Filter.In list => IsContent(list.Key),
        Filter.Compare compare => IsContent(compare.Key),
        _ => true,
    };

    private static IEnumerable<Filter.Compare> Demands(Filter? filter) => filter switch
    {
        Filter.Compare compare => [compare],
        Filter.All all => all.Conditions.SelectMany(Demands),
        _ => [],
    };

    private static bool IsContent(string key) => key == "status_message" || key.StartsWith(FilterKeys.AttributePrefix, StringComparison.Ordinal);
}
