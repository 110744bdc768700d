using AgentFunctions.Models;

namespace AgentFunctions.Telemetry;

/// <summary>Who really answers a model: the conventions' provider name, and the server.</summary>
/// <param name="Provider">A known <c>gen_ai.provider.name</c>, or our own word where none fits.</param>
/// <param name="Host">Null when the model runs in this process.</param>
internal sealed record ModelEndpoint(string Provider, string? Host, int? Port)
{
    // OpenAI-compatible endpoints whose owner the conventions have a name for: the host, and what is below it; what begins
    // with '-' is the end of a name such as europe-west1-aiplatform.
    private static readonly (string Host, string Provider)[] _owners =
    [
        ("openai.azure.com", "azure.ai.openai"), ("services.ai.azure.com", "azure.ai.inference"), ("x.ai", "x_ai"), ("groq.com", "groq"),
        ("mistral.ai", "mistral_ai"), ("deepseek.com", "deepseek"), ("perplexity.ai", "perplexity"),
        ("generativelanguage.googleapis.com", "gcp.gemini"), ("aiplatform.googleapis.com", "gcp.vertex_ai"),
        ("-aiplatform.googleapis.com", "gcp.vertex_ai"),
    ];

    public static ModelEndpoint Of(ModelDefinition model)
    {
        if (Uri.TryCreate(model.BaseUrl ?? DefaultUrl(model.Provider), UriKind.Absolute, out var url))
            return new ModelEndpoint(ProviderAt(url.Host, model.Provider), url.Host, url.Port);
        return new ModelEndpoint(model.Provider, null, null);
    }

    private static string? DefaultUrl(string provider) => provider switch
    {
        "openai" => "https://api.openai.com",
        "anthropic" => "https://api.anthropic.com",
        _ => null,
    };

    private static string ProviderAt(string host, string provider)
    {
        foreach (var (ending, owner) in _owners)
        {
            var below = ending[0] == '-' ? ending : $".{ending}";
            if (host.Equals(ending, StringComparison.OrdinalIgnoreCase) || host.EndsWith(below, StringComparison.OrdinalIgnoreCase))
                return owner;
        }

        return provider;
    }
}
