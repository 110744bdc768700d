// The hooks that agents.yaml may name without any code.
namespace AgentFunctions.Hooks;

public static class BuiltInHooks
{
    public const string PromptInjection = "prompt_injection";
    public const string Pii = "pii";
    public const string MaxLength = "max_length";
    public const string BannedWords = "banned_words";
    public const string Webhook = "webhook";

    public const string Audit = "audit";

    public static IReadOnlyList<string> Names { get; } = [PromptInjection, Pii, MaxLength, BannedWords, Webhook, Audit];

    /// <summary>Guardrails have spans of their own kind, and stop the run when they themselves fail.</summary>
    public static bool IsGuardrail(string uses) => uses is PromptInjection or Pii or MaxLength or BannedWords;
}
