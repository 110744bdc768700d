// The `observability` section, in the long form (`exporters`) and the short one (`exporter`, `endpoint`, `headers`).
namespace AgentFunctions.Configuration;

internal static class ObservabilitySection
{
    private const string Otlp = "otlp";
    private const string Langfuse = "langfuse";
    private const string None = "none";

    // Words of the field that this version knows but does not act on: each of these takes OTLP.
    private static readonly string[] _inertTypes =
        ["stdout", "console", "datadog", "logfire", "phoenix", "langsmith", "application_insights", "logging"];

    private static readonly string[] _types = [Otlp, Langfuse, None, .. _inertTypes];

    public static ObservabilityOptions Read(ConfigMap root)
    {
        var defaults = new ObservabilityOptions();
        if (root.Get("observability")?.Map() is not { } map)
            return defaults;

        var options = new ObservabilityOptions
        {
            Tracing = map.Get("tracing")?.Flag() ?? defaults.Tracing,
            ServiceName = map.Get("service_name")?.Text() ?? defaults.ServiceName,
            SamplingRate = map.Get("sampling_rate")?.Number(0, 1) ?? defaults.SamplingRate,
            CaptureContent = map.Get("capture_content")?.Flag(),
            Traces = ReadTraces(map.Get("traces")?.Map()),
            Exporters = ReadExporters(map),
        };
        ReadInert(map);
        map.End();
        return options;
    }

    private static TraceStoreOptions ReadTraces(ConfigMap? map)
    {
        var defaults = new TraceStoreOptions();
        if (map is null)
            return defaults;

        var traces = new TraceStoreOptions
        {
            Store = map.Get("store")?.OneOf("sqlite", "tables"),
            Processor = map.Get("processor")?.OneOf("batch", "simple") ?? defaults.Processor,
            MaxQueueSize = map.Get("max_queue_size")?.Integer(1, 1_000_000) ?? defaults.MaxQueueSize,
            MaxExportBatchSize = map.Get("max_export_batch_size")?.Integer(1, 100_000) ?? defaults.MaxExportBatchSize,
            ScheduleDelayMs = map.Get("schedule_delay_ms")?.Integer(1, 3_600_000) ?? defaults.ScheduleDelayMs,
        };
        map.Inert("retention_days", value => value.Integer(1));
        map.End();
        if (traces.MaxExportBatchSize > traces.MaxQueueSize)
            (map.Get("max_export_batch_size") ?? map.Get("max_queue_size"))!
                .AddProblem($"a batch ({traces.MaxExportBatchSize}) cannot be larger than the queue ({traces.MaxQueueSize})");
        return traces;
    }

    private static List<ExporterDefinition> ReadExporters(ConfigMap map)
    {
        var exporters = new List<ExporterDefinition>();
        if (ReadShortForm(map) is { } single)
            exporters.Add(single);
        if (map.Get("llm_observability")?.Map() is { } llm && ReadLlmObservability(llm) is { } copy)
            exporters.Add(copy);
        foreach (var item in map.Get("exporters")?.List() ?? [])
        {
            if (item.Map() is not { } entry || ReadExporter(item, entry) is not { } exporter)
                continue;
            if (exporters.Any(other => other.Name == exporter.Name))
                item.AddProblem($"there is already an exporter '{exporter.Name}'; give this one a `name` of its own");
            exporters.Add(exporter);
        }

        return exporters;
    }

    private static ExporterDefinition? ReadShortForm(ConfigMap map)
    {
        var exporter = map.Get("exporter");
        var (endpoint, headers) = (map.Get("endpoint"), map.Get("headers"));
        if (exporter is null)
        {
            (endpoint ?? headers)?.AddProblem("needs `exporter` beside it");
            return null;
        }

        var definition = new ExporterDefinition
        {
            Name = "default",
            Type = exporter.OneOf(_types) ?? None,
            Endpoint = endpoint?.Url(),
            Headers = headers?.Secrets() ?? new Dictionary<string, string>(),
        };
        return ActedOn(definition, exporter);
    }

    // The other way to write a Langfuse exporter.
    private static ExporterDefinition? ReadLlmObservability(ConfigMap map)
    {
        var enabled = map.Get("enabled")?.Flag() ?? true;
        var definition = new ExporterDefinition
        {
            Name = "llm_observability",
            Type = map.Require("provider")?.OneOf(Langfuse) ?? Langfuse,
            Endpoint = map.Get("endpoint")?.Url(),
            PublicKey = map.Require("public_key")?.Secret(),
            SecretKey = map.Require("secret_key")?.Secret(),
        };
        map.End();
        return enabled ? definition : null;
    }

    private static ExporterDefinition? ReadExporter(ConfigValue item, ConfigMap map)
    {
        var type = map.Require("type")?.OneOf(_types) ?? None;
        var langfuse = type == Langfuse;
        var definition = new ExporterDefinition
        {
            Name = map.Get("name")?.Text() ?? type,
            Type = type,
            Protocol = map.Get("protocol")?.OneOf("grpc", "http/protobuf"),
            Endpoint = map.Get("endpoint")?.Url(),
            Headers = map.Get("headers")?.Secrets() ?? new Dictionary<string, string>(),
            PublicKey = (langfuse ? map.Require("public_key") : map.Get("public_key"))?.Secret(),
            SecretKey = (langfuse ? map.Require("secret_key") : map.Get("secret_key"))?.Secret(),
        };
        if (!langfuse)
            (map.Get("public_key") ?? map.Get("secret_key"))?.AddProblem("belongs to exporters with `type: langfuse` only");
        map.End();
        return ActedOn(definition, map.Get("type") ?? item);
    }

    private static ExporterDefinition? ActedOn(ExporterDefinition definition, ConfigValue place)
    {
        if (_inertTypes.Contains(definition.Type))
            place.AddWarning();
        return definition.Type is Otlp or Langfuse ? definition : null;
    }

    private static void ReadInert(ConfigMap map)
    {
        map.Inert("metrics", value => value.Flag());
        map.Inert("metrics_port", value => value.Integer(1, 65_535));
        map.Inert("health_port", value => value.Integer(1, 65_535));
        map.Inert("debug", value => value.Flag());
        map.Inert("span_timeout", value => value.Text());
    }
}
