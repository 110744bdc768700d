// From the `observability` section to the tracing pipeline.
using AgentFunctions.Configuration;
using AgentFunctions.Telemetry.Export;

namespace AgentFunctions.Telemetry;

public static class TracingFromConfiguration
{
    /// <param name="options">The section.</param>
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
            Simple = options.Traces.Processor == "simple" || options.Debug,
        },
        Exporters = [.. options.Exporters.Select(exporter => Map(exporter, lookup)).OfType<ExporterOptions>()],
    };

    private static ExporterOptions? Map(ExporterDefinition exporter, Func<string, string?> lookup)
    {
        if (ExporterTypes.Find(exporter.Type)?.Otlp is not { } preset)
            return null;
        string Expand(string template) => VariableTemplate.Expand(template, lookup);
        var settings = exporter.Settings.ToDictionary(s => s.Key, s => Expand(s.Value));
        var http = exporter.Protocol == "http/protobuf" || !preset.Grpc;
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in preset.Headers(settings))
        {
            if (value is not null)
                headers[name] = value;
        }

        foreach (var (name, template) in exporter.Headers)
            headers[name] = Expand(template);
        var endpoint = exporter.Endpoint ?? (preset.Grpc ? http ? "http://localhost:4318" : "http://localhost:4317" : preset.Base(settings));
        if (!endpoint.Contains(preset.Path, StringComparison.Ordinal))
            endpoint = endpoint.TrimEnd('/') + preset.Path;
        return new ExporterOptions(exporter.Name, new Uri(endpoint), http ? OtlpProtocol.HttpProtobuf : OtlpProtocol.Grpc, headers);
    }
}
