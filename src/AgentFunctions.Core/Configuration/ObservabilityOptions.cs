// The `observability` section: what is traced, where traces are kept and who gets copies.
namespace AgentFunctions.Configuration;

public sealed record ObservabilityOptions
{
    /// <summary>One switch for every agent. Off: no spans, neither kept nor exported.</summary>
    public bool Tracing { get; init; } = true;

    public string ServiceName { get; init; } = "agentfunctions";

    /// <summary>The share of runs that exporters get, 0 to 1. The own store gets every run.</summary>
    public double SamplingRate { get; init; } = 1.0;

    /// <summary>Whether exporters get prompts and answers; null leaves it to OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT.</summary>
    public bool? CaptureContent { get; init; }

    public TraceStoreOptions Traces { get; init; } = new();

    /// <summary>Whether metrics are recorded, exported and served at <c>/metrics</c>.</summary>
    public bool Metrics { get; init; } = true;

    /// <summary>A port of its own for <c>/metrics</c>, on the embedded host only; null for the app's own address alone.</summary>
    public int? MetricsPort { get; init; }

    /// <summary>A port of its own for <c>/healthz</c> and <c>/readyz</c>, on the embedded host only.</summary>
    public int? HealthPort { get; init; }

    /// <summary>Logs what tracing does, span by span, at level Debug.</summary>
    public bool Debug { get; init; }

    /// <summary>A span of a model or tool call that is open longer is reported in the log and marked on the span; null for no limit.</summary>
    public TimeSpan? SpanTimeout { get; init; }

    public IReadOnlyList<ExporterDefinition> Exporters { get; init; } = [];
}

/// <summary>The <c>traces</c> section: the own trace store and the queue before it.</summary>
public sealed record TraceStoreOptions
{
    /// <summary><c>sqlite</c> or <c>tables</c>; null for the host's own.</summary>
    public string? Store { get; init; }

    /// <summary><c>batch</c>, or <c>simple</c> to write each span by itself when debugging.</summary>
    public string Processor { get; init; } = "batch";

    /// <summary>Spans that may wait; more are dropped and counted.</summary>
    public int MaxQueueSize { get; init; } = 2048;

    public int MaxExportBatchSize { get; init; } = 512;

    public int ScheduleDelayMs { get; init; } = 5000;

    /// <summary>Traces that ended longer ago are deleted; null keeps them.</summary>
    public int? RetentionDays { get; init; }

    /// <summary>When the store is larger, its oldest traces are deleted; null for no limit.</summary>
    public int? MaxSizeMb { get; init; }
}

/// <summary>
/// One receiver of trace copies. <see cref="Endpoint"/> is expanded; headers and keys keep their <c>${VAR}</c> until they are used
/// (<see cref="VariableTemplate"/>).
/// </summary>
public sealed record ExporterDefinition
{
    /// <summary>Unique among the exporters; for logs.</summary>
    public required string Name { get; init; }

    /// <summary><c>otlp</c> or <c>langfuse</c>.</summary>
    public required string Type { get; init; }

    /// <summary><c>grpc</c> or <c>http/protobuf</c>; null for the exporter's default.</summary>
    public string? Protocol { get; init; }

    /// <summary>Null for the exporter's default.</summary>
    public string? Endpoint { get; init; }

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Of a <c>langfuse</c> exporter.</summary>
    public string? PublicKey { get; init; }

    /// <summary>Of a <c>langfuse</c> exporter.</summary>
    public string? SecretKey { get; init; }
}
