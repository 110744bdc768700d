using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using OpenTelemetry;

namespace AgentFunctions.Telemetry.Export;

/// <summary>Makes the exporters that the configuration and the standard variables ask for.</summary>
internal static class Destinations
{
    /// <param name="contentByVariable">What the variable says about content, for views that leave it open.</param>
    public static IReadOnlyList<Destination> Create(
        TracingOptions options, bool contentByVariable, IConfiguration configuration, TimeProvider time, ILogger logger)
    {
        var variables = new OtlpVariables(configuration, logger);
        return [.. variables.Exporters(options.View).Concat(options.Exporters).Where(e => e.Target is not BuildTarget).Select(Create)];

        Destination Create(ExporterOptions exporter)
        {
            var size = variables.SizeOf(exporter.Queue);
            var ledger = new ExportLedger(size.MaxQueueSize, new ExportFailures(exporter.Name, time, logger));
            return new Destination(exporter, exporter.View.Rule(contentByVariable), new ExportQueue(ExporterOf(exporter.Target, ledger.Settle), size, ledger));
        }
    }

    /// <param name="target">Not of a build.</param>
    /// <param name="ended">Told after each batch how many spans it had and how it ended.</param>
    public static BaseExporter<Activity> ExporterOf(ExportTarget target, Action<int, ExportOutcome> ended) => target switch
    {
        OtlpTarget otlp => new OtlpTraceSender(otlp, ended),
        ConsoleTarget console => new ConsoleSpanExporter(console.Json, Console.Out, ended),
        _ => throw new ArgumentException($"{target.GetType().Name} is no target that every build has.", nameof(target)),
    };
}
