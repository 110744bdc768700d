// What personal data looks like, beyond the addresses and cards that trace redaction knows.
using System.Text.RegularExpressions;
using AgentFunctions.Telemetry.Redaction;

namespace AgentFunctions.Hooks.Guardrails;

/// <summary>Phone numbers with a country code, and those written as in North America. Digits alone are no phone number.</summary>
internal sealed partial class PhoneRule() : RedactionRule("phone")
{
    public override bool MayMatch(ReadOnlySpan<char> text) => text.ContainsAnyInRange('0', '9');

    public override string Redact(string text) => Number().Replace(text, Marker);

    [GeneratedRegex(@"(?<![\w+])(?:\+[1-9][0-9]{0,2}(?:[ .()/-]{0,2}[0-9]{2,4}){2,5}|\(?[2-9][0-9]{2}\)?[ .-][2-9][0-9]{2}[ .-][0-9]{4})(?!\w)", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}

/// <summary>US social security numbers, with hyphens and in the ranges that are given out.</summary>
internal sealed partial class SocialSecurityRule() : RedactionRule("ssn")
{
    public override bool MayMatch(ReadOnlySpan<char> text) => text.Contains('-') && text.ContainsAnyInRange('0', '9');

    public override string Redact(string text) => Number().Replace(text, Marker);

    [GeneratedRegex(@"(?<![\w-])(?!000|666|9[0-9]{2})[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![\w-])", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}

/// <summary>International bank account numbers whose check digits are right.</summary>
internal sealed partial class IbanRule() : RedactionRule("iban")
{
    public override bool MayMatch(ReadOnlySpan<char> text) => text.ContainsAnyInRange('A', 'Z') && text.ContainsAnyInRange('0', '9');

    public override string Redact(string text) => Account().Replace(text, match => CheckDigitsAreRight(match.Value) ? Marker : match.Value);

    // ISO 13616: the first four characters to the end, letters as 10 to 35, the number modulo 97 is 1.
    private static bool CheckDigitsAreRight(string iban)
    {
        var account = iban.Replace(" ", "", StringComparison.Ordinal);
        var remainder = 0;
        foreach (var c in account[4..] + account[..4])
        {
            var value = char.IsAsciiDigit(c) ? c - '0' : c - 'A' + 10;
            remainder = ((remainder * (value > 9 ? 100 : 10)) + value) % 97;
        }

        return remainder == 1;
    }

    [GeneratedRegex(@"(?<!\w)[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)", RegexOptions.CultureInvariant)]
    private static partial Regex Account();
}
