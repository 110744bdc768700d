namespace AgentFunctions.Telemetry.Aliases;

/// <summary>The attributes that alias sets add to a span, a pure function of what the span says already.</summary>
public static class SpanAliases
{
    /// <param name="facts">The span.</param>
    /// <param name="content">Its content as the destination sees it, redacted and cut; empty where content is not wanted.</param>
    /// <param name="set">The sets to add.</param>
    public static IReadOnlyDictionary<string, object> Of(SpanFacts facts, IReadOnlyDictionary<string, string> content, AliasSet set) =>
        new Dictionary<string, object>();
}
