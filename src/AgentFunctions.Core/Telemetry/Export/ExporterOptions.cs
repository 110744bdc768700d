// What one exporter is told: where it sends to, which spans it gets, and what it may see of them.
using AgentFunctions.Telemetry.Aliases;
using AgentFunctions.Telemetry.Redaction;

namespace AgentFunctions.Telemetry.Export;

/// <summary>One receiver of trace copies.</summary>
public sealed record ExporterOptions
{
    /// <summary>Unique within the app; for logs, metrics and <c>doctor</c>.</summary>
    public required string Name { get; init; }

    public required ExportTarget Target { get; init; }

    public SpanSelection Only { get; init; } = SpanSelection.All;

    public ExportView View { get; init; } = new();

    /// <summary>The share of all runs that it gets, 0 to 1, within what the run's own sampling lets through.</summary>
    public double SamplingRate { get; init; } = 1;

    public ExportQueueOptions Queue { get; init; } = new();

    public static ExporterOptions To(string name, ExportTarget target) => new() { Name = name, Target = target };
}

/// <summary>What exporters see of a span.</summary>
public sealed record ExportView
{
    /// <summary>Whether prompts and answers go out; null leaves it to OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT, which is off by default.</summary>
    public bool? Content { get; init; }

    /// <summary>The most characters of one content attribute; null for no limit.</summary>
    public int? MaxContentChars { get; init; }

    public Redactor Redactor { get; init; } = Redactor.Create(RedactionOptions.ExportDefault);

    public AliasSet Aliases { get; init; }

    internal SpanRule Rule(bool contentByVariable) => new(Content ?? contentByVariable, MaxContentChars, Redactor, Aliases);
}

/// <summary>An exporter's own queue; null members take OTEL_BSP_* and then the SDK's defaults.</summary>
public sealed record ExportQueueOptions
{
    /// <summary>Spans that may wait or be on their way; more are dropped and counted.</summary>
    public int? MaxQueueSize { get; init; }

    public int? MaxBatchSize { get; init; }

    public TimeSpan? ScheduleDelay { get; init; }
}

public abstract record ExportTarget;

public enum OtlpProtocol
{
    Grpc,
    HttpProtobuf,
}

/// <summary>An OTLP endpoint.</summary>
/// <param name="Endpoint">For HTTP the address that is posted to, with its path.</param>
/// <param name="Headers">Ready to send, secrets expanded; any characters but line breaks.</param>
public sealed record OtlpTarget(Uri Endpoint, OtlpProtocol Protocol, IReadOnlyDictionary<string, string> Headers) : ExportTarget
{
    private const string TracesPath = "/v1/traces";

    public bool Gzip { get; init; }

    /// <summary>Of one request.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <param name="baseAddress">For HTTP, <c>/v1/traces</c> is added unless it ends so.</param>
    /// <param name="protocol">How it is sent.</param>
    /// <param name="headers">None by default.</param>
    public static OtlpTarget At(Uri baseAddress, OtlpProtocol protocol, IReadOnlyDictionary<string, string>? headers = null)
    {
        var address = baseAddress.AbsoluteUri.TrimEnd('/');
        var isWhole = protocol == OtlpProtocol.Grpc || address.EndsWith(TracesPath, StringComparison.Ordinal);
        return new OtlpTarget(isWhole ? baseAddress : new Uri(address + TracesPath), protocol, headers ?? new Dictionary<string, string>());
    }
}

/// <summary>Standard output, one line a span.</summary>
/// <param name="Json">Lines for machines.</param>
public sealed record ConsoleTarget(bool Json) : ExportTarget;

/// <summary>A destination that one build brings with it; see <see cref="IConfigureTracing"/>.</summary>
/// <param name="Type">For example <c>application_insights</c>.</param>
/// <param name="Settings">Of the configuration, secrets expanded.</param>
public sealed record BuildTarget(string Type, IReadOnlyDictionary<string, string> Settings) : ExportTarget;
