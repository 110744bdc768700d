// What tracing can be told: the own store's writer, what is exported, and where to.
using AgentFunctions.Telemetry.Aliases;
using AgentFunctions.Telemetry.Export;
using AgentFunctions.Telemetry.Redaction;

namespace AgentFunctions.Telemetry;

/// <summary>Tracing of one app.</summary>
public sealed record TracingOptions
{
    /// <summary>False: no spans at all, neither stored nor exported.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary><c>service.name</c>; the variable OTEL_SERVICE_NAME wins.</summary>
    public string ServiceName { get; init; } = "agentfunctions";

    /// <summary>The share of runs that is exported, 0 to 1; the own store has every run. The variable OTEL_TRACES_SAMPLER wins.</summary>
    public double SamplingRate { get; init; } = 1;

    /// <summary>What the own store keeps.</summary>
    public SpanRule StoreRule { get; init; } = new(Content: true, null, Redactor.Create(RedactionOptions.StoreDefault), AliasSet.None);

    /// <summary>What the exporters see that the standard variables ask for, and that a build adds without options of its own.</summary>
    public ExportView View { get; init; } = new();

    public SpanWriterOptions Writer { get; init; } = new();

    /// <summary>Copies beside those that the standard variables ask for.</summary>
    public IReadOnlyList<ExporterOptions> Exporters { get; init; } = [];

    /// <summary>Logs every span at level Debug as it ends.</summary>
    public bool Debug { get; init; }

    /// <summary>A model or tool call that takes longer is logged, and its span marked; null for no limit.</summary>
    public TimeSpan? SpanTimeout { get; init; }
}

/// <summary>The background writer of the own store.</summary>
public sealed record SpanWriterOptions
{
    /// <summary>Spans that may wait; one more is dropped.</summary>
    public int MaxQueueSize { get; init; } = 2048;

    /// <summary>Spans per write.</summary>
    public int MaxBatchSize { get; init; } = 512;

    /// <summary>How long a span may wait for others.</summary>
    public TimeSpan ScheduleDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>True to write each span at once and alone, for debugging.</summary>
    public bool Simple { get; init; }

    /// <summary>How long one write may take before it counts as failed.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
