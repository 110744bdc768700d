using System.Globalization;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Exporter;

namespace AgentFunctions.Telemetry.Metrics;

/// <summary>
/// The OTLP endpoint that the standard variables name for metrics. The SDK reads those of all signals
/// (OTEL_EXPORTER_OTLP_…); those of metrics alone (OTEL_EXPORTER_OTLP_METRICS_…) are put on top here.
/// </summary>
internal static class MetricsEndpoint
{
    private const string Common = "OTEL_EXPORTER_OTLP_";
    private const string Own = "OTEL_EXPORTER_OTLP_METRICS_";

    /// <summary>Whether metrics are to be exported at all: OTEL_METRICS_EXPORTER without <c>otlp</c> says no.</summary>
    public static bool IsWanted(IConfiguration configuration)
    {
        var exporters = configuration["OTEL_METRICS_EXPORTER"];
        if (!string.IsNullOrEmpty(exporters) && !exporters.Split(',', StringSplitOptions.TrimEntries).Contains("otlp"))
            return false;
        return !string.IsNullOrEmpty(configuration[$"{Common}ENDPOINT"]) || !string.IsNullOrEmpty(configuration[$"{Own}ENDPOINT"]);
    }

    /// <exception cref="InvalidOperationException">A variable has no usable value; the message names it.</exception>
    public static void Apply(IConfiguration configuration, OtlpExporterOptions options)
    {
        if (configuration[$"{Own}PROTOCOL"] is { Length: > 0 } protocol)
            options.Protocol = protocol == "grpc" ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        // Used as it is: no path is added to an endpoint of one signal.
        if (configuration[$"{Own}ENDPOINT"] is { Length: > 0 } endpoint)
            options.Endpoint = Uri.TryCreate(endpoint, UriKind.Absolute, out var url) ? url : throw Unusable("ENDPOINT", endpoint, "a URL");
        if (configuration[$"{Own}HEADERS"] is { Length: > 0 } headers)
            options.Headers = headers;
        if (configuration[$"{Own}TIMEOUT"] is { Length: > 0 } timeout)
            options.TimeoutMilliseconds = int.TryParse(timeout, CultureInfo.InvariantCulture, out var milliseconds)
                ? milliseconds
                : throw Unusable("TIMEOUT", timeout, "milliseconds");
    }

    private static InvalidOperationException Unusable(string name, string value, string wanted) =>
        new($"'{value}' is no value of {Own}{name}: give {wanted}.");
}
