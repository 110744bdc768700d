// Application Insights as a destination of spans.
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Aliases;
using AgentFunctions.Telemetry.Export;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Trace;

namespace AgentFunctions.Azure;

/// <param name="authentication">As in <c>APPLICATIONINSIGHTS_AUTHENTICATION_STRING</c>: <c>Authorization=AAD;ClientId=…</c>; null when a key is accepted.</param>
/// <param name="exporter">Which spans it gets and what it sees of them.</param>
internal sealed class ApplicationInsights(string connectionString, string? authentication, ExporterOptions exporter) : IConfigureTracing
{
    private const string Type = "application_insights";

    // Longer properties are cut in the middle of their JSON.
    private const int MaxPropertyChars = 8192;

    public ExporterOptions? Options => exporter;

    /// <summary>
    /// From the exporter of type <c>application_insights</c>, else from <c>APPLICATIONINSIGHTS_CONNECTION_STRING</c>; null when
    /// there is neither.
    /// </summary>
    public static ApplicationInsights? From(IConfiguration configuration, TracingOptions tracing)
    {
        var configured = tracing.Exporters.FirstOrDefault(exporter => exporter.Target is BuildTarget { Type: Type });
        var connectionString = (configured?.Target as BuildTarget)?.Settings.GetValueOrDefault("connection_string")
            ?? configuration["APPLICATIONINSIGHTS_CONNECTION_STRING"];
        if (string.IsNullOrEmpty(connectionString))
            return null;
        var exporter = configured ?? ExporterOptions.To(Type, new BuildTarget(Type, new Dictionary<string, string>())) with { View = tracing.View };
        var limit = Math.Min(exporter.View.MaxContentChars ?? MaxPropertyChars, MaxPropertyChars);
        return new ApplicationInsights(
            connectionString,
            configuration["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"],
            exporter with { View = exporter.View with { MaxContentChars = limit, Aliases = exporter.View.Aliases | AliasSet.AzureMonitor } });
    }

    public void Configure(TracerProviderBuilder builder) => builder.AddAzureMonitorTraceExporter(Configure);

    public void Configure(AzureMonitorExporterOptions options)
    {
        options.ConnectionString = connectionString;

        // The exporter's default keeps five traces a second. A run's trace is whole or absent, as its own sampling decided.
        options.SamplingRatio = 1.0f;
        options.TracesPerSecond = null;
        if (Part("Authorization") == "AAD")
            options.Credential = AzureCredential.For(Part("ClientId"));
    }

    private string? Part(string name) => authentication?
        .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(part => part.Split('=', 2))
        .FirstOrDefault(part => part[0].Equals(name, StringComparison.OrdinalIgnoreCase))?
        .ElementAtOrDefault(1);
}
