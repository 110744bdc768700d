// Refuses or takes out personal data: e-mail addresses, payment cards, phone numbers, IBANs, US social security numbers.
using AgentFunctions.Runs;
using AgentFunctions.Telemetry.Redaction;

namespace AgentFunctions.Hooks.Guardrails;

internal sealed class PiiGuardrail(IReadOnlyList<string>? kinds, bool redacts) : IRunHook
{
    // Cards before phones: a card number holds what looks like a phone number.
    private static readonly (string Kind, RedactionRule Rule)[] _all =
    [
        ("email", new EmailRule()),
        ("iban", new IbanRule()),
        ("card", new CardRule()),
        ("ssn", new SocialSecurityRule()),
        ("phone", new PhoneRule()),
    ];

    private readonly (string Kind, RedactionRule Rule)[] _rules = kinds is null ? _all : [.. _all.Where(r => kinds.Contains(r.Kind))];

    public static IReadOnlyList<string> Kinds { get; } = [.. _all.Select(r => r.Kind)];

    public ValueTask<HookVerdict> CheckAsync(RunHookContext context, CancellationToken cancellationToken)
    {
        var text = context.Text;
        var found = new List<string>();
        foreach (var (kind, rule) in _rules.Where(r => r.Rule.MayMatch(context.Text)))
        {
            var redacted = rule.Redact(text);
            if (redacted != text)
                found.Add(kind);
            text = redacted;
        }

        if (found.Count == 0)
            return ValueTask.FromResult(HookVerdict.Pass);
        var reason = $"The text has personal data ({string.Join(", ", found)}).";
        return ValueTask.FromResult(redacts ? HookVerdict.Replace(text, reason) : HookVerdict.Block(reason, RunErrorCodes.PiiDetected));
    }
}
