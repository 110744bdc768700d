using AgentFunctions.Configuration;

namespace AgentFunctions.Telemetry.Metrics;

/// <summary>Metrics of one app.</summary>
public sealed record MetricsOptions
{
    /// <summary>False: nothing is measured, exported or served.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary><c>service.name</c>; the variable OTEL_SERVICE_NAME wins.</summary>
    public string ServiceName { get; init; } = "agentfunctions";

    /// <summary>Names of further meters whose instruments belong to the app's metrics; a trailing <c>*</c> matches any ending.</summary>
    public IReadOnlyList<string> Meters { get; init; } = [];

    public static MetricsOptions Of(ObservabilityOptions options) =>
        new() { Enabled = options.Metrics, ServiceName = options.ServiceName, Meters = options.Meters };
}

/// <summary>Registered by a build whose own provider exports our meter already: the pipeline then serves the text and exports nothing.</summary>
public sealed record MetricsAreExportedByHost;
