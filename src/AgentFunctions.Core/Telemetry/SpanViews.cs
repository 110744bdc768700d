// What one destination (the own store, or one exporter) gets to see of a span.
using AgentFunctions.Telemetry.Aliases;
using AgentFunctions.Telemetry.Redaction;

namespace AgentFunctions.Telemetry;

/// <summary>One destination's rule.</summary>
/// <param name="Content">Whether it gets what people, models and tools said.</param>
/// <param name="MaxContentChars">The most characters of one content attribute; longer ones are cut inside their structure. Null for no limit.</param>
/// <param name="Redactor">Applied to content, status messages and events.</param>
/// <param name="Aliases">Extra attribute names.</param>
public sealed record SpanRule(bool Content, int? MaxContentChars, Redactor Redactor, AliasSet Aliases)
{
    /// <summary>Everything as it was said; for tests and for reading a run's own facts.</summary>
    public static SpanRule Full { get; } = new(true, null, Redactor.None, AliasSet.None);
}

/// <summary>A span as one destination sees it.</summary>
/// <param name="Attributes">Values are string, bool, long, double or string[].</param>
/// <param name="Links">To other spans of the same run; <see cref="RunTrace.LinkTo"/> makes activity links of them.</param>
public sealed record SpanView(
    IReadOnlyDictionary<string, object> Attributes, string? StatusMessage, IReadOnlyList<SpanEvent> Events, IReadOnlyList<SpanLink> Links);

public static class SpanViews
{
    // The lists that have the conventions' structure; other content is any JSON or plain text.
    private static readonly HashSet<string> _lists =
        [GenAiAttributes.SystemInstructions, GenAiAttributes.InputMessages, GenAiAttributes.OutputMessages, GenAiAttributes.ToolDefinitions];

    /// <summary>Pure: the same facts and rule give the same view.</summary>
    public static SpanView Of(SpanFacts facts, SpanRule rule)
    {
        var content = rule.Content ? ContentOf(facts, rule) : [];
        var attributes = content.Count == 0 && rule.Aliases == AliasSet.None ? facts.Attributes : AttributesOf(facts, content, rule);
        var message = rule.Content ? facts.StatusMessage : facts.StatusSummary ?? facts.StatusMessage;
        return new SpanView(attributes, message is null ? null : rule.Redactor.Text(message), EventsOf(facts, content, rule), facts.Links);
    }

    private static Dictionary<string, object> AttributesOf(SpanFacts facts, Dictionary<string, string> content, SpanRule rule)
    {
        var attributes = new Dictionary<string, object>(facts.Attributes);
        foreach (var (key, value) in content)
            attributes[key] = value;
        foreach (var (key, value) in SpanAliases.Of(facts, content, rule.Aliases))
            attributes.TryAdd(key, value);
        return attributes;
    }

    private static Dictionary<string, string> ContentOf(SpanFacts facts, SpanRule rule)
    {
        var content = new Dictionary<string, string>(facts.Content.Count);
        foreach (var (key, value) in facts.Content)
            content[key] = key is GenAiAttributes.InputMimeType or GenAiAttributes.OutputMimeType ? value : Value(key, value, facts, rule);
        return content;
    }

    private static string Value(string key, string value, SpanFacts facts, SpanRule rule)
    {
        var max = rule.MaxContentChars ?? int.MaxValue;
        if (_lists.Contains(key))
            return ContentLimit.Messages(rule.Redactor.Messages(value), max);
        return IsText(key, facts.Content)
            ? ContentLimit.Text(rule.Redactor.Text(value), max)
            : ContentLimit.Json(rule.Redactor.Json(value), max);
    }

    private static bool IsText(string key, IReadOnlyDictionary<string, string> content) => key switch
    {
        GenAiAttributes.InputValue => content.GetValueOrDefault(GenAiAttributes.InputMimeType) == SpanContent.Text,
        GenAiAttributes.OutputValue => content.GetValueOrDefault(GenAiAttributes.OutputMimeType) == SpanContent.Text,
        GenAiAttributes.RetrievalQuery => true,
        _ => false,
    };

    private static List<SpanEvent> EventsOf(SpanFacts facts, Dictionary<string, string> content, SpanRule rule) =>
        [.. facts.Events.Select(e => EventOf(e, rule)), .. SpanAliases.EventsOf(facts, content, rule.Aliases)];

    private static SpanEvent EventOf(SpanEvent e, SpanRule rule) => e with
    {
        Attributes = e.Attributes.ToDictionary(a => a.Key, a => a.Value is string text ? rule.Redactor.Text(text) : a.Value),
    };
}
