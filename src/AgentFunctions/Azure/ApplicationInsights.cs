// Application Insights as a destination of spans.
using AgentFunctions.Telemetry;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Trace;

namespace AgentFunctions.Azure;

/// <param name="authentication">As in <c>APPLICATIONINSIGHTS_AUTHENTICATION_STRING</c>: <c>Authorization=AAD;ClientId=…</c>; null when a key is accepted.</param>
internal sealed class ApplicationInsights(string connectionString, string? authentication) : IConfigureTracing
{
    /// <summary>Null when <c>APPLICATIONINSIGHTS_CONNECTION_STRING</c> is not set.</summary>
    public static ApplicationInsights? From(IConfiguration configuration) =>
        configuration["APPLICATIONINSIGHTS_CONNECTION_STRING"] is { Length: > 0 } connectionString
            ? new ApplicationInsights(connectionString, configuration["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"])
            : null;

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
