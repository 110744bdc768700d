// From the `observability` section to the tracing pipeline.
using AgentFunctions.Configuration;
using AgentFunctions.Telemetry;

namespace AgentFunctions;

internal static class TracingFromConfiguration
{
    private const string LangfuseCloud = "https://cloud.langfuse.com";
    private const string LocalCollector = "http://localhost:4317";

    /// <param name="lookup">Expands the <c>${VAR}</c> of headers and keys.</param>
    public static TracingOptions Map(ObservabilityOptions options, Func<string, string?> lookup) => new()
    {
        Enabled = options.Tracing,
        ServiceName = options.ServiceName,
        SamplingRate = options.SamplingRate,
        ExportContent = options.CaptureContent,
        Writer = new SpanWriterOptions
        {
            MaxQueueSize = options.Traces.MaxQueueSize,
            MaxBatchSize = options.Traces.MaxExportBatchSize,
            ScheduleDelay = TimeSpan.FromMilliseconds(options.Traces.ScheduleDelayMs),
            Simple = options.Traces.Processor == "simple",
        },
        Exporters = [.. options.Exporters.Select(exporter => Map(exporter, lookup))],
    };

    private static ExporterOptions Map(ExporterDefinition exporter, Func<string, string?> lookup)
    {
        string Expand(string? template) => VariableTemplate.Expand(template ?? "", lookup);
        if (exporter.Type == "langfuse")
            return ExporterOptions.Langfuse(
                exporter.Name, new Uri(exporter.Endpoint ?? LangfuseCloud), Expand(exporter.PublicKey), Expand(exporter.SecretKey));
        return new ExporterOptions(
            exporter.Name,
            new Uri(exporter.Endpoint ?? LocalCollector),
            exporter.Protocol == "http/protobuf" ? OtlpProtocol.HttpProtobuf : OtlpProtocol.Grpc,
            exporter.Headers.ToDictionary(h => h.Key, h => Expand(h.Value)));
    }
}
