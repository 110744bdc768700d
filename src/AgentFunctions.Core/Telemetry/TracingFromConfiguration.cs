// From the `observability` section to the tracing pipeline.
using AgentFunctions.Configuration;
using AgentFunctions.Telemetry.Export;
using AgentFunctions.Telemetry.Redaction;

namespace AgentFunctions.Telemetry;

public static class TracingFromConfiguration
{
    /// <param name="options">The section, valid.</param>
    /// <param name="lookup">Expands the <c>${VAR}</c> of headers and keys.</param>
    public static TracingOptions Map(ObservabilityOptions options, Func<string, string?> lookup) => new()
    {
        Enabled = options.Tracing,
        ServiceName = options.ServiceName,
        SamplingRate = options.SamplingRate,
        StoreRule = new SpanRule(options.Traces.Content, null, RedactorFor(RedactionOptions.StoreDefault, options.Redaction), options.Aliases),
        View = ViewOf(options, null),
        Writer = new SpanWriterOptions
        {
            MaxQueueSize = options.Traces.MaxQueueSize,
            MaxBatchSize = options.Traces.MaxExportBatchSize,
            ScheduleDelay = TimeSpan.FromMilliseconds(options.Traces.ScheduleDelayMs),
            Simple = options.Traces.Processor == "simple" || options.Debug,
        },
        Exporters = [.. options.Exporters.Select(exporter => Map(options, exporter, lookup))],
        Debug = options.Debug,
        SpanTimeout = options.SpanTimeout,
    };

    private static ExporterOptions Map(ObservabilityOptions options, ExporterDefinition exporter, Func<string, string?> lookup) => new()
    {
        Name = exporter.Name,
        Target = ExportTargets.Of(exporter, lookup),
        Only = exporter.Only,
        View = ViewOf(options, exporter),
        SamplingRate = exporter.SamplingRate,
        Queue = new ExportQueueOptions
        {
            MaxQueueSize = exporter.MaxQueueSize,
            MaxBatchSize = exporter.MaxExportBatchSize,
            ScheduleDelay = exporter.ScheduleDelayMs is { } delay ? TimeSpan.FromMilliseconds(delay) : null,
        },
    };

    private static ExportView ViewOf(ObservabilityOptions options, ExporterDefinition? exporter) => new()
    {
        Content = exporter?.Content ?? options.CaptureContent,
        MaxContentChars = exporter?.MaxContentChars,
        Redactor = RedactorFor(RedactionOptions.ExportDefault, options.Redaction, exporter?.Redaction),
        Aliases = exporter?.Aliases ?? options.Aliases | (ExporterTypes.Find(exporter?.Type)?.Aliases ?? 0),
    };

    // The built-in rules are those that the section names, else the destination's default; what an exporter names comes on top.
    private static Redactor RedactorFor(RedactionOptions byDefault, RedactionSettings? section, RedactionSettings? exporter = null) =>
        Redactor.Create(new RedactionOptions
        {
            BuiltIn = [.. (section?.BuiltIn ?? byDefault.BuiltIn).Union(exporter?.BuiltIn ?? [])],
            Own = [.. section?.Own ?? [], .. exporter?.Own ?? []],
        });
}
