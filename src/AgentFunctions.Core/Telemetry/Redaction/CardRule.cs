using System.Text.RegularExpressions;

namespace AgentFunctions.Telemetry.Redaction;

/// <summary>Payment card numbers: 13 to 19 digits, in one piece or grouped as on a card, whose check digit is right. Other long numbers stay.</summary>
internal sealed partial class CardRule() : RedactionRule("card")
{
    private const int MinDigits = 13;
    private const int MaxDigits = 19;

    public override bool MayMatch(ReadOnlySpan<char> text)
    {
        var digits = 0;
        while (text.IndexOfAnyInRange('0', '9') is var at and >= 0)
        {
            // Groups are one separator apart; anything else begins anew.
            digits = at == 0 || (at == 1 && IsSeparator(text[0])) ? digits : 0;
            text = text[at..];
            var end = text.IndexOfAnyExceptInRange('0', '9');
            digits += end < 0 ? text.Length : end;
            if (digits >= MinDigits)
                return true;
            if (end < 0)
                return false;
            text = text[end..];
        }

        return false;
    }

    public override string Redact(string text) => Digits().Replace(text, match => RedactRun(match.Value));

    private string RedactRun(string run)
    {
        var groups = Group().Matches(run);
        for (var first = 0; first < groups.Count; first++)
        {
            for (var last = groups.Count - 1; last >= first; last--)
            {
                var (start, end) = (groups[first].Index, groups[last].Index + groups[last].Length);
                if (IsCard(run.AsSpan(start, end - start)))
                    return run[..start] + Marker + RedactRun(run[end..]);
            }
        }

        return run;
    }

    private static bool IsCard(ReadOnlySpan<char> number)
    {
        Span<char> digits = stackalloc char[MaxDigits];
        var count = 0;
        foreach (var c in number)
        {
            if (IsSeparator(c))
                continue;
            if (count == MaxDigits)
                return false;
            digits[count++] = c;
        }

        return count >= MinDigits && digits[0] is >= '2' and <= '6' && GroupedAsOnACard().IsMatch(number) && CheckDigitIsRight(digits[..count]);
    }

    // Luhn: from the right every second digit counts double, with its digits summed.
    private static bool CheckDigitIsRight(ReadOnlySpan<char> digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[^(i + 1)] - '0';
            sum += i % 2 == 0 ? digit : (digit * 2 / 10) + (digit * 2 % 10);
        }

        return sum % 10 == 0;
    }

    private static bool IsSeparator(char c) => c is ' ' or '-';

    // Not part of a word or of a fraction: ids with letters in them are no card numbers.
    [GeneratedRegex(@"(?<!\w|[0-9]\.)[0-9](?:[ -]?[0-9]){12,}(?!\w)", RegexOptions.CultureInvariant)]
    private static partial Regex Digits();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Group();

    [GeneratedRegex("^(?:[0-9]+|(?:[0-9]{4}[ -]){3,4}[0-9]{1,4}|[0-9]{4}[ -][0-9]{6}[ -][0-9]{4,5})$")]
    private static partial Regex GroupedAsOnACard();
}
