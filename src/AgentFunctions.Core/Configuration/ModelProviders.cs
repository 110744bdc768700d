// The providers that a configuration may name, and the variable that usually holds each one's key.
using System.Diagnostics.CodeAnalysis;
using AgentFunctions.Models;

namespace AgentFunctions.Configuration;

internal static class ModelProviders
{
    public const string Scripted = "scripted";

    // Null: the provider needs no key.
    private static readonly Dictionary<string, string?> _keyVariables = new()
    {
        [Scripted] = null,
        ["openai"] = "OPENAI_API_KEY",
        ["anthropic"] = "ANTHROPIC_API_KEY",
        ["azure_openai"] = "AZURE_OPENAI_API_KEY",
        ["xai"] = "XAI_API_KEY",
        ["groq"] = "GROQ_API_KEY",
        ["mistral"] = "MISTRAL_API_KEY",
        ["deepseek"] = "DEEPSEEK_API_KEY",
        ["gemini"] = "GEMINI_API_KEY",
        ["ollama"] = null,
        ["vllm"] = null,
    };

    public static IReadOnlyCollection<string> Names => _keyVariables.Keys;

    public static string? KeyVariable(string provider) => _keyVariables.GetValueOrDefault(provider);

    public static bool NeedsBaseUrl(string provider) => provider == "azure_openai";

    /// <summary>The model that a reference means: a key of <paramref name="models"/>, or <c>provider/model</c> with the provider's usual key.</summary>
    public static bool TryFind(IReadOnlyDictionary<string, ModelDefinition> models, string reference, [NotNullWhen(true)] out ModelDefinition? model)
    {
        if (models.TryGetValue(reference, out model))
            return true;

        var slash = reference.IndexOf('/', StringComparison.Ordinal);
        var provider = slash < 0 ? "" : reference[..slash];
        if (!_keyVariables.TryGetValue(provider, out var variable) || provider == Scripted || NeedsBaseUrl(provider) || slash == reference.Length - 1)
            return false;

        model = new ModelDefinition
        {
            Key = reference,
            Provider = provider,
            Model = reference[(slash + 1)..],
            ApiKey = variable is null ? null : $"${{{variable}}}",
        };
        return true;
    }
}
