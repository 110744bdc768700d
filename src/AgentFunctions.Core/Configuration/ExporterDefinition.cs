// One entry of `observability.exporters`, as it is written.
using AgentFunctions.Telemetry.Aliases;
using AgentFunctions.Telemetry.Export;

namespace AgentFunctions.Configuration;

/// <summary>
/// One receiver of trace copies. Headers and <see cref="Settings"/> keep their <c>${VAR}</c> until they are used
/// (<see cref="VariableTemplate"/>); everything else is expanded.
/// </summary>
public sealed record ExporterDefinition
{
    /// <summary>Unique among the exporters; for logs, metrics and <c>doctor</c>.</summary>
    public required string Name { get; init; }

    /// <summary><c>otlp</c>, <c>console</c>, <c>application_insights</c> or the name of a back end.</summary>
    public required string Type { get; init; }

    /// <summary><c>grpc</c> or <c>http/protobuf</c>; null for the type's default.</summary>
    public string? Protocol { get; init; }

    /// <summary>Null for the type's default.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Sent as they are; they win over those of the type.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>The keys that only this type has, such as <c>api_key</c> or <c>region</c>.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    public bool Gzip { get; init; }

    /// <summary>How long one request may take; null for 10 seconds.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Which spans it gets.</summary>
    public SpanSelection Only { get; init; } = SpanSelection.All;

    /// <summary>Whether it gets prompts and answers; null for <see cref="ObservabilityOptions.CaptureContent"/>.</summary>
    public bool? Content { get; init; }

    /// <summary>The most characters of one content attribute; null for no limit.</summary>
    public int? MaxContentChars { get; init; }

    /// <summary>Added to <see cref="ObservabilityOptions.Redaction"/>.</summary>
    public RedactionSettings? Redaction { get; init; }

    /// <summary>Null for the type's own and <see cref="ObservabilityOptions.Aliases"/>.</summary>
    public AliasSet? Aliases { get; init; }

    /// <summary>The share of all runs that it gets, 0 to 1; never more than <see cref="ObservabilityOptions.SamplingRate"/>.</summary>
    public double SamplingRate { get; init; } = 1.0;

    // The exporter's own queue; null for the OTEL_BSP_* variables and then their defaults.
    public int? MaxQueueSize { get; init; }
    public int? MaxExportBatchSize { get; init; }
    public int? ScheduleDelayMs { get; init; }
}
