// Refuses texts that try to take over the model: known turns of phrase and the control tokens of chat formats.
using System.Text;
using System.Text.RegularExpressions;
using AgentFunctions.Runs;

namespace AgentFunctions.Hooks.Guardrails;

/// <summary>A cheap first line by patterns, in English. It calls no model: what is phrased anew gets by.</summary>
internal sealed partial class PromptInjectionGuardrail : IRunHook
{
    private static readonly (string Name, Regex Pattern)[] _patterns =
    [
        ("overrides instructions", Override()),
        ("asks for the hidden prompt", HiddenPrompt()),
        ("drops its rules", WithoutRules()),
        ("forges a message", ControlTokens()),
    ];

    public ValueTask<HookVerdict> CheckAsync(RunHookContext context, CancellationToken cancellationToken)
    {
        var text = Normalize(context.Text);
        var found = _patterns.FirstOrDefault(p => p.Pattern.IsMatch(text)).Name;
        return ValueTask.FromResult(found is null
            ? HookVerdict.Pass
            : HookVerdict.Block($"The text looks like an attempt to take over the model: it {found}.", RunErrorCodes.PromptInjection));
    }

    // Full-width letters and characters without width would hide words from the patterns.
    private static string Normalize(string text)
    {
        var compatible = Ill().Replace(text, "\uFFFD").Normalize(NormalizationForm.FormKC);
        return Spaces().Replace(Invisible().Replace(compatible, ""), " ");
    }

    [GeneratedRegex(@"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:previous|prior|above|earlier|preceding|all|any|your|system)\b.{0,30}\b(?:instruction|prompt|rule|direction|guideline|message|restriction)s?\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Override();

    [GeneratedRegex(@"\b(?:reveal|show|print|repeat|output|display|give|tell)\b.{0,40}\b(?:system|hidden|initial|developer|original)\b.{0,20}\b(?:prompt|instructions?|message)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex HiddenPrompt();

    [GeneratedRegex(@"\b(?:do anything now|developer mode (?:is )?(?:on|enabled)|jailbreak(?:en|ed)?\b.{0,20}\b(?:mode|yourself)|you are now\b.{0,40}\b(?:dan|unrestricted|unfiltered|uncensored|jailbroken)|(?:pretend|act as if|imagine)\b.{0,30}\bno (?:rules|restrictions|guidelines|filters|limits))\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex WithoutRules();

    [GeneratedRegex(@"<\|(?:im_start|im_end|system|assistant|endoftext|start_header_id|eot_id)\|>|\[/?INST\]|<</?SYS>>", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ControlTokens();

    [GeneratedRegex(@"[\p{Cf}\u034F\u115F\u1160\u17B4\u17B5\u3164\uFFA0]")]
    private static partial Regex Invisible();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    // Half a surrogate pair cannot be normalized.
    [GeneratedRegex(@"[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]")]
    private static partial Regex Ill();
}
