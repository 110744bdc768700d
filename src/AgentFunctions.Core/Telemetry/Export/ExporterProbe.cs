// Sends one test span to each exporter and reports how that went; what `doctor` shows.
using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace AgentFunctions.Telemetry.Export;

/// <param name="Exporter">Its name.</param>
/// <param name="Target">Where it sends to.</param>
/// <param name="Text">What happened.</param>
/// <param name="Fix">What to do about it; null when all is well.</param>
public sealed record ExporterReport(string Exporter, string Target, bool IsOk, string Text, string? Fix);

public static class ExporterProbe
{
    private const string Name = "AgentFunctions.Doctor";

    /// <summary>Tests the exporters of the configuration and of the standard variables, all at once. Each takes at most its own timeout.</summary>
    public static Task<ExporterReport[]> RunAsync(TracingOptions options, IConfiguration configuration, ILogger logger)
    {
        var exporters = new OtlpVariables(configuration, logger).Exporters(options.View).Concat(options.Exporters).Where(e => e.Target is OtlpTarget or ConsoleTarget);
        return Task.WhenAll(exporters.Select(exporter => Task.Run(() => Probe(exporter, options, configuration))));
    }

    private static ExporterReport Probe(ExporterOptions exporter, TracingOptions options, IConfiguration configuration)
    {
        if (exporter.Target is not OtlpTarget target)
            return new ExporterReport(exporter.Name, "standard output", true, "writes to standard output", null);
        ExportOutcome? outcome = null;
        using (var source = new ActivitySource($"{Name}.{exporter.Name}"))
        using (Provider(source, options, configuration, new OtlpTraceSender(target, (_, ended) => outcome = ended)))
        {
            using var span = source.StartActivity("doctor");
        }

        return outcome is null
            ? new ExporterReport(exporter.Name, target.Endpoint.AbsoluteUri, false, "nothing was sent: OTEL_SDK_DISABLED is set", "unset OTEL_SDK_DISABLED")
            : new ExporterReport(exporter.Name, target.Endpoint.AbsoluteUri, outcome.IsOk, outcome.Text, outcome.Fix);
    }

    // The simple processor sends the span as it ends, on this thread.
    private static TracerProvider Provider(ActivitySource source, TracingOptions options, IConfiguration configuration, OtlpTraceSender sender) =>
        Sdk.CreateTracerProviderBuilder()
            .ConfigureServices(services => services.AddSingleton(configuration))
            .ConfigureResource(resource => resource.AddService(options.ServiceName, serviceVersion: AgentTelemetry.Version).AddEnvironmentVariableDetector())
            .SetSampler(new AlwaysOnSampler())
            .AddSource(source.Name)
            .AddProcessor(new SimpleActivityExportProcessor(sender))
            .Build();
}
