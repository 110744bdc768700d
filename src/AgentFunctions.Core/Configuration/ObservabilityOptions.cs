// The `observability` section: what is traced, where traces are kept and who gets copies.
using AgentFunctions.Telemetry.Aliases;
using AgentFunctions.Telemetry.Redaction;

namespace AgentFunctions.Configuration;

public sealed record ObservabilityOptions
{
    /// <summary>False: neither traces nor metrics, whatever the other keys say.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>One switch for every agent. Off: no spans, neither kept nor exported.</summary>
    public bool Tracing { get; init; } = true;

    public string ServiceName { get; init; } = "agentfunctions";

    /// <summary>The share of runs that exporters get, 0 to 1. The own store gets every run.</summary>
    public double SamplingRate { get; init; } = 1.0;

    /// <summary>Whether exporters get prompts and answers; null leaves it to OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT.</summary>
    public bool? CaptureContent { get; init; }

    /// <summary>Extra attribute names on every span, stored or exported.</summary>
    public AliasSet Aliases { get; init; }

    /// <summary>What is taken out of content everywhere; null for each destination's default.</summary>
    public RedactionSettings? Redaction { get; init; }

    public TraceStoreOptions Traces { get; init; } = new();

    /// <summary>Whether metrics are recorded, exported and served at <c>/metrics</c>.</summary>
    public bool Metrics { get; init; } = true;

    /// <summary>Further meters whose instruments belong to the metrics, such as the app's own; a trailing <c>*</c> matches any ending.</summary>
    public IReadOnlyList<string> Meters { get; init; } = [];

    /// <summary>A port of its own for <c>/metrics</c>, on the embedded host only; null for the app's own address alone.</summary>
    public int? MetricsPort { get; init; }

    /// <summary>A port of its own for <c>/healthz</c> and <c>/readyz</c>, on the embedded host only.</summary>
    public int? HealthPort { get; init; }

    /// <summary>Logs every span at level Debug as it ends, and stores each at once instead of in batches.</summary>
    public bool Debug { get; init; }

    /// <summary>A span of a model or tool call that is open longer is reported in the log and marked on the span; null for no limit.</summary>
    public TimeSpan? SpanTimeout { get; init; }

    /// <summary>Whether tokens are counted; without them there is no cost either.</summary>
    public bool TrackTokens { get; init; } = true;

    /// <summary>Whether costs are computed from tokens and prices.</summary>
    public bool CostTracking { get; init; } = true;

    /// <summary>Tokens of all runs of one UTC day, beyond which new runs are refused; null for no limit.</summary>
    public long? DailyTokenLimit { get; init; }

    /// <summary>US dollars of one UTC day, beyond which the log warns once; null for no warning.</summary>
    public decimal? CostAlertThresholdUsd { get; init; }

    public IReadOnlyList<ExporterDefinition> Exporters { get; init; } = [];
}

/// <summary>The <c>redaction</c> section.</summary>
/// <param name="BuiltIn">Names of <see cref="RedactionOptions.BuiltInNames"/>; null for each destination's default.</param>
/// <param name="Own">Patterns beside the built-in ones.</param>
public sealed record RedactionSettings(IReadOnlyList<string>? BuiltIn, IReadOnlyList<RedactionPattern> Own);

/// <summary>The <c>traces</c> section: the own trace store and the queue before it.</summary>
public sealed record TraceStoreOptions
{
    /// <summary><c>sqlite</c> or <c>tables</c>; null for the host's own.</summary>
    public string? Store { get; init; }

    /// <summary>Whether prompts, messages, tool arguments and results are kept.</summary>
    public bool Content { get; init; } = true;

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
