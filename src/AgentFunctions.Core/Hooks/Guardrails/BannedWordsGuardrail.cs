// Refuses or takes out words and patterns of the configuration.
using System.Text.RegularExpressions;

namespace AgentFunctions.Hooks.Guardrails;

internal sealed class BannedWordsGuardrail : IRunHook
{
    private const string Marker = "[REDACTED:banned]";

    private static readonly TimeSpan _timeout = TimeSpan.FromMilliseconds(250);

    private readonly List<Regex> _banned;
    private readonly bool _redacts;

    /// <exception cref="ArgumentException">A pattern is no regular expression.</exception>
    public BannedWordsGuardrail(IEnumerable<string> words, IEnumerable<string> patterns, bool redacts)
    {
        _banned = [.. words.Select(word => Parse($@"(?<!\w){Regex.Escape(word)}(?!\w)")), .. patterns.Select(Parse)];
        _redacts = redacts;
    }

    public ValueTask<HookVerdict> CheckAsync(RunHookContext context, CancellationToken cancellationToken)
    {
        var found = _banned.Count(regex => regex.IsMatch(context.Text));
        if (found == 0)
            return ValueTask.FromResult(HookVerdict.Pass);
        var reason = $"The text has words that are not allowed here ({found} of the rules match).";
        return ValueTask.FromResult(_redacts
            ? HookVerdict.Replace(_banned.Aggregate(context.Text, (text, regex) => regex.Replace(text, Marker)), reason)
            : HookVerdict.Block(reason));
    }

    /// <summary>Why the pattern cannot be used, or null when it can.</summary>
    public static string? ProblemOf(string pattern)
    {
        try
        {
            return Parse(pattern).IsMatch("") ? "matches the empty text; write one that needs at least one character" : null;
        }
        catch (ArgumentException e)
        {
            return $"is no regular expression: {e.Message}";
        }
    }

    // A pattern that takes too long throws: the guardrail then fails, and with it the run.
    private static Regex Parse(string pattern) => new(pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, _timeout);
}
