using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;

namespace AgentFunctions.Telemetry;

/// <summary>The app's one activity source and one meter.</summary>
public static class AgentTelemetry
{
    public const string Name = "AgentFunctions";

    /// <summary>The version of the conventions that our attributes follow.</summary>
    public const string SchemaUrl = "https://opentelemetry.io/schemas/1.41.0";

    public static string Version { get; } =
        typeof(AgentTelemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";

    internal static ActivitySource Source { get; } = new(new ActivitySourceOptions(Name) { Version = Version, TelemetrySchemaUrl = SchemaUrl });

    internal static Meter Meter { get; } = new(Name, Version);

    internal static Counter<long> SpansDropped { get; } = Meter.CreateCounter<long>(
        "agentfunctions.spans.dropped", "{span}", "Spans that the own trace store did not get from the background writer.");

    internal static Counter<long> ExporterFailures { get; } = Meter.CreateCounter<long>(
        "agentfunctions.exporter.failures", "{span}", "Spans that an exporter did not deliver, by exporter and reason. The own trace store has them.");
}
