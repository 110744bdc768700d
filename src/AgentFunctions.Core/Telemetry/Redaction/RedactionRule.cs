// One thing to take out of texts, and the two plain kinds of it.
using System.Buffers;
using System.Text.RegularExpressions;

namespace AgentFunctions.Telemetry.Redaction;

/// <param name="name">Stands in the marker.</param>
internal abstract class RedactionRule(string name)
{
    public string Marker { get; } = $"[REDACTED:{name}]";

    /// <summary>A cheap look that may err in one direction only: false means that <see cref="Redact"/> would change nothing.</summary>
    public abstract bool MayMatch(ReadOnlySpan<char> text);

    public abstract string Redact(string text);

    /// <summary>Whether the value of a JSON member of this name is a secret, whatever it looks like.</summary>
    public virtual bool IsSecretMember(string member) => false;
}

/// <summary>E-mail addresses.</summary>
internal sealed partial class EmailRule() : RedactionRule("email")
{
    public override bool MayMatch(ReadOnlySpan<char> text) => text.Contains('@');

    public override string Redact(string text) => Address().Replace(text, Marker);

    // Every quantifier has a bound, so that no text takes more than linear time.
    [GeneratedRegex(@"[\w.+%'-]{1,64}@(?:[\w-]{1,63}\.){1,8}\p{L}{2,24}", RegexOptions.CultureInvariant)]
    private static partial Regex Address();
}

/// <summary>Credentials of an HTTP Authorization header, wherever they are quoted.</summary>
internal sealed partial class BearerRule() : RedactionRule("bearer")
{
    private static readonly SearchValues<string> _words = SearchValues.Create(["bearer ", "basic ", "authorization"], StringComparison.OrdinalIgnoreCase);

    public override bool MayMatch(ReadOnlySpan<char> text) => text.ContainsAny(_words);

    public override string Redact(string text)
    {
        text = Header().Replace(text, $"$1{Marker}");
        return Token().Replace(text, $"$1{Marker}");
    }

    public override bool IsSecretMember(string member) =>
        member.Equals("authorization", StringComparison.OrdinalIgnoreCase) || member.Equals("proxy-authorization", StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"(authorization\\?[""']?\s{0,8}[:=]\s{0,8}\\?[""']?(?:(?:bearer|basic|token)\s{1,8})?)(?!\[REDACTED)[^\s""'\\,;]{4,}", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Header();

    // Without a digit it is prose: "bearer certificates", "basic authentication".
    [GeneratedRegex(@"(\b(?:bearer|basic)\s{1,8})(?=[A-Za-z._~+/-]{0,64}[0-9])[A-Za-z0-9._~+/=-]{8,}", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Token();
}

/// <summary>A pattern of the configuration.</summary>
internal sealed class OwnRule : RedactionRule
{
    private static readonly TimeSpan _timeout = TimeSpan.FromMilliseconds(250);

    private readonly Regex _regex;

    private OwnRule(string name, Regex regex)
        : base(name) => _regex = regex;

    /// <exception cref="ArgumentException">The name or the pattern cannot be used.</exception>
    public static OwnRule Create(RedactionPattern pattern)
    {
        if (pattern.Name.Length == 0 || !pattern.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
            throw new ArgumentException($"The redaction pattern's name '{pattern.Name}' must be letters, digits, '_' or '-'.");
        var rule = new OwnRule(pattern.Name, Parse(pattern));
        if (rule._regex.IsMatch(""))
            throw new ArgumentException($"The redaction pattern '{pattern.Name}' matches the empty text; write one that needs at least one character.");
        return rule;
    }

    public override bool MayMatch(ReadOnlySpan<char> text) => true;

    // What cannot be searched in time must not leave: the whole text goes.
    public override string Redact(string text)
    {
        try
        {
            return _regex.Replace(text, _ => Marker);
        }
        catch (RegexMatchTimeoutException)
        {
            return Marker;
        }
    }

    private static Regex Parse(RedactionPattern pattern)
    {
        try
        {
            return new Regex(pattern.Pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, _timeout);
        }
        catch (NotSupportedException)
        {
            // Lookarounds and back references need the other engine, which the timeout holds.
            return new Regex(pattern.Pattern, RegexOptions.CultureInvariant, _timeout);
        }
        catch (RegexParseException e)
        {
            throw new ArgumentException($"The redaction pattern '{pattern.Name}' is no regular expression: {e.Message}", e);
        }
    }
}
