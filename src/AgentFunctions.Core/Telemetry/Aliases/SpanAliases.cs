namespace AgentFunctions.Telemetry.Aliases;

/// <summary>What alias sets add to a span: a pure function of what the span says already.</summary>
public static class SpanAliases
{
    // Each says the tokens under a second name, and Langfuse adds up all names that it knows.
    private const AliasSet RepeatsUsage = AliasSet.GoAI | AliasSet.OpenInference | AliasSet.Langfuse;

    /// <summary>The attributes to add. None is a name of the conventions that the span has already.</summary>
    /// <param name="facts">The span.</param>
    /// <param name="content">Its content as the destination sees it, redacted and cut; empty where content is not wanted.</param>
    /// <param name="set">The sets to add.</param>
    public static IReadOnlyDictionary<string, object> Of(SpanFacts facts, IReadOnlyDictionary<string, string> content, AliasSet set)
    {
        if (set == AliasSet.None)
            return new Dictionary<string, object>();
        var span = new AliasWriter(facts, content);
        if (set.HasFlag(AliasSet.GoAI))
            GoAIAliases.Add(span);
        if (set.HasFlag(AliasSet.Aixgo))
            AixgoAliases.Add(span);
        if (set.HasFlag(AliasSet.OpenInference))
            OpenInferenceAliases.Add(span);
        if (set.HasFlag(AliasSet.Langfuse))
            LangfuseAliases.Add(span);
        if ((set & RepeatsUsage) != 0)
            LangfuseAliases.AddUsage(span);
        if (set.HasFlag(AliasSet.AzureMonitor))
            AzureMonitorAliases.Add(span);
        if (set.HasFlag(AliasSet.Logfire))
            LogfireAliases.Add(span);
        return span.Added;
    }

    /// <summary>The events to add.</summary>
    /// <inheritdoc cref="Of" path="/param"/>
    public static IReadOnlyList<SpanEvent> EventsOf(SpanFacts facts, IReadOnlyDictionary<string, string> content, AliasSet set) =>
        set.HasFlag(AliasSet.GoAI) ? GoAIAliases.Events(new AliasWriter(facts, content)) : [];
}
