using System.Text;
using AgentFunctions.Telemetry.Aliases;

namespace AgentFunctions.Telemetry.Export;

/// <summary>Every type of exporter. A further back end that takes OTLP is one more entry here.</summary>
internal static class ExporterTypes
{
    public const string Console = "console";
    public const string ApplicationInsights = "application_insights";
    public const string None = "none";

    public static ExporterType Otlp { get; } = new("otlp") { Otlp = new(_ => "") { Grpc = true } };

    public static ExporterType Langfuse { get; } = new("langfuse")
    {
        Settings =
        [
            new("public_key", "LANGFUSE_PUBLIC_KEY") { IsCredential = true },
            new("secret_key", "LANGFUSE_SECRET_KEY") { IsCredential = true },
            new("region") { IsAddress = true, Words = ["eu", "us", "jp", "hipaa"] },
        ],
        Aliases = AliasSet.Langfuse,
        Otlp = new(s => s["region"] == "eu" ? "https://cloud.langfuse.com" : $"https://{s["region"]}.cloud.langfuse.com")
        {
            Path = "/api/public/otel",
            EndpointVariables = ["LANGFUSE_HOST", "LANGFUSE_BASE_URL"],
            // The version shows spans at once; without it older projects lag by minutes.
            Headers = s => [("Authorization", Basic(s, "public_key", "secret_key")), ("x-langfuse-ingestion-version", "4")],
        },
    };

    private static ExporterType Logfire { get; } = new("logfire")
    {
        Settings = [new("token", "LOGFIRE_TOKEN") { IsCredential = true }, new("region") { IsAddress = true, Words = ["us", "eu"] }],
        Aliases = AliasSet.Logfire,
        Otlp = new(s => $"https://logfire-{s["region"]}.pydantic.dev")
        {
            EndpointVariables = ["LOGFIRE_BASE_URL"],
            // The bare token, without a scheme.
            Headers = s => [("Authorization", s.GetValueOrDefault("token"))],
        },
    };

    private static ExporterType Datadog { get; } = new("datadog")
    {
        Settings = [new("api_key", "DD_API_KEY") { IsCredential = true }, new("site", "DD_SITE")],
        Otlp = new(s => $"https://otlp.{s.GetValueOrDefault("site", "datadoghq.com")}")
        {
            Headers = s => [("dd-api-key", s.GetValueOrDefault("api_key")), ("dd-otlp-source", "llmobs")],
        },
    };

    private static ExporterType Phoenix { get; } = new("phoenix")
    {
        Settings = [new("api_key", "PHOENIX_API_KEY"), new("project", "PHOENIX_PROJECT_NAME")],
        Aliases = AliasSet.OpenInference,
        Otlp = new(_ => "http://localhost:6006")
        {
            EndpointVariables = ["PHOENIX_COLLECTOR_ENDPOINT"],
            Headers = s => [("Authorization", Bearer(s, "api_key")), ("x-project-name", s.GetValueOrDefault("project"))],
        },
    };

    private static ExporterType GrafanaCloud { get; } = new("grafana_cloud")
    {
        Settings =
        [
            new("zone") { IsAddress = true },
            new("instance_id") { IsCredential = true },
            new("token") { IsCredential = true },
        ],
        Otlp = new(s => $"https://otlp-gateway-{s.GetValueOrDefault("zone")}.grafana.net")
        {
            Path = "/otlp",
            Headers = s => [("Authorization", Basic(s, "instance_id", "token"))],
        },
    };

    private static ExporterType Honeycomb { get; } = new("honeycomb")
    {
        Settings =
        [
            new("api_key", "HONEYCOMB_API_KEY") { IsCredential = true },
            new("dataset", "HONEYCOMB_DATASET"),
            new("region") { IsAddress = true, Words = ["us", "eu"] },
        ],
        Otlp = new(s => s["region"] == "us" ? "https://api.honeycomb.io" : $"https://api.{s["region"]}1.honeycomb.io")
        {
            EndpointVariables = ["HONEYCOMB_API_ENDPOINT"],
            Headers = s => [("x-honeycomb-team", s.GetValueOrDefault("api_key")), ("x-honeycomb-dataset", s.GetValueOrDefault("dataset"))],
        },
    };

    private static ExporterType LangSmith { get; } = new("langsmith")
    {
        Settings =
        [
            new("api_key", "LANGSMITH_API_KEY") { IsCredential = true },
            new("project", "LANGSMITH_PROJECT"),
            new("region") { IsAddress = true, Words = ["us", "eu"] },
        ],
        Otlp = new(s => s["region"] == "us" ? "https://api.smith.langchain.com" : $"https://{s["region"]}.api.smith.langchain.com")
        {
            Path = "/otel",
            EndpointVariables = ["LANGSMITH_ENDPOINT"],
            Headers = s => [("x-api-key", s.GetValueOrDefault("api_key")), ("Langsmith-Project", s.GetValueOrDefault("project"))],
        },
    };

    public static IReadOnlyList<ExporterType> All { get; } =
    [
        Otlp, Langfuse, Logfire, Datadog, Phoenix, GrafanaCloud, Honeycomb, LangSmith,
        new(Console) { Settings = [new("format") { Words = ["human", "json"] }] },
        new(ApplicationInsights) { Settings = [new("connection_string", "APPLICATIONINSIGHTS_CONNECTION_STRING") { IsCredential = true }] },
        new(None),
    ];

    /// <summary>Every word for <c>type</c>; <c>stdout</c> is another one for <c>console</c>.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(type => type.Name), "stdout"];

    /// <summary>Null for a word that is none of <see cref="Names"/>.</summary>
    public static ExporterType? Find(string? name) => All.FirstOrDefault(type => type.Name == (name == "stdout" ? Console : name));

    // Null, so that no half of a credential is sent, when one is missing: then the user's own headers sign in.
    private static string? Basic(IReadOnlyDictionary<string, string> settings, string user, string password) =>
        settings.TryGetValue(user, out var name) && settings.TryGetValue(password, out var secret)
            ? $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{secret}"))}"
            : null;

    private static string? Bearer(IReadOnlyDictionary<string, string> settings, string key) =>
        settings.TryGetValue(key, out var token) ? $"Bearer {token}" : null;
}
