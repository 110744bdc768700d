namespace AgentFunctions.Telemetry.Redaction;

/// <summary>
/// Replaces secrets and personal data by <c>[REDACTED:rule]</c>. Immutable and safe for all threads. A text without any
/// hint of them costs one vectorized look per rule.
/// </summary>
public sealed class Redactor
{
    private readonly RedactionRule[] _rules;

    private Redactor(RedactionRule[] rules) => _rules = rules;

    /// <summary>Leaves everything as it is.</summary>
    public static Redactor None { get; } = new([]);

    /// <exception cref="ArgumentException">A built-in name is unknown or a pattern is no regular expression; the message names it.</exception>
    public static Redactor Create(RedactionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new([.. options.BuiltIn.Distinct().Select(BuiltIn), .. options.Own.Select(OwnRule.Create)]);
    }

    /// <summary>The text without what the rules match.</summary>
    public string Text(string text)
    {
        foreach (var rule in _rules)
        {
            if (rule.MayMatch(text))
                text = rule.Redact(text);
        }

        return text;
    }

    /// <summary>
    /// The JSON with its strings, numbers and member names redacted one by one, so that it stays valid; the value of a
    /// member such as <c>password</c> goes as a whole. What is no JSON is taken as text.
    /// </summary>
    public string Json(string json) => MayMatch(json) ? JsonStrings.Rewrite(json, Redact) ?? Text(json) : json;

    /// <summary>As <see cref="Json"/>, for lists in the conventions' shapes (messages, instructions, tool definitions), whose structure stays.</summary>
    public string Messages(string json) => MayMatch(json)
        ? JsonStrings.Rewrite(json, (place, text) => MessageStructure.Has(place) ? text : Redact(place, text)) ?? Text(json)
        : json;

    // An escape such as \u0040 may hide anything from the cheap look.
    private bool MayMatch(string json) =>
        _rules.Length > 0 && (json.Contains("\\u", StringComparison.Ordinal) || Array.Exists(_rules, r => r.MayMatch(json)));

    private string Redact(JsonPlace place, string text) =>
        place is { Token: not JsonToken.Name, Member: { } member } && Array.Find(_rules, r => r.IsSecretMember(member)) is { } rule ? rule.Marker : Text(text);

    private static RedactionRule BuiltIn(string name) => name switch
    {
        "keys" => new KeyRule(),
        "bearer" => new BearerRule(),
        "email" => new EmailRule(),
        "card" => new CardRule(),
        _ => throw new ArgumentException($"There is no built-in redaction rule '{name}'. Rules: {string.Join(", ", RedactionOptions.BuiltInNames)}."),
    };
}
