// What tracing can be told: the own store's writer, what is exported, and where to.
using OpenTelemetry.Exporter;

namespace AgentFunctions.Telemetry;

/// <summary>Tracing of one app.</summary>
public sealed record TracingOptions
{
    /// <summary>False: no spans at all, neither stored nor exported.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary><c>service.name</c>; the variable OTEL_SERVICE_NAME wins.</summary>
    public string ServiceName { get; init; } = "agentfunctions";

    /// <summary>The share of runs that is exported, 0 to 1; the own store has every run.</summary>
    public double SamplingRate { get; init; } = 1;

    /// <summary>Whether the own store keeps prompts, messages, tool arguments and results.</summary>
    public bool StoreContent { get; init; } = true;

    /// <summary>The same for exports; null leaves it to OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT, which is off by default.</summary>
    public bool? ExportContent { get; init; }

    public SpanWriterOptions Writer { get; init; } = new();

    /// <summary>Copies beside the one that OTEL_EXPORTER_OTLP_ENDPOINT asks for.</summary>
    public IReadOnlyList<ExporterOptions> Exporters { get; init; } = [];
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

public enum OtlpProtocol
{
    Grpc,
    HttpProtobuf,
}

/// <summary>One OTLP destination.</summary>
/// <param name="Name">Unique within the app.</param>
/// <param name="Endpoint">For HTTP the base, to which <c>/v1/traces</c> is added unless it ends so.</param>
/// <param name="Headers">Ready to send, secrets expanded.</param>
public sealed record ExporterOptions(string Name, Uri Endpoint, OtlpProtocol Protocol, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>Langfuse at <paramref name="host"/>, for example <c>https://cloud.langfuse.com</c>; it takes OTLP over HTTP only.</summary>
    public static ExporterOptions Langfuse(string name, Uri host, string publicKey, string secretKey)
    {
        var credentials = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{publicKey}:{secretKey}"));
        var headers = new Dictionary<string, string>
        {
            ["Authorization"] = $"Basic {credentials}",
            // Shows spans at once; without it older projects lag by minutes.
            ["x-langfuse-ingestion-version"] = "4",
        };
        return new ExporterOptions(name, new Uri($"{host.AbsoluteUri.TrimEnd('/')}/api/public/otel"), OtlpProtocol.HttpProtobuf, headers);
    }

    internal void Apply(OtlpExporterOptions options)
    {
        const string path = "/v1/traces";
        var http = Protocol == OtlpProtocol.HttpProtobuf;
        var text = Endpoint.AbsoluteUri.TrimEnd('/');
        options.Endpoint = http && !text.EndsWith(path, StringComparison.Ordinal) ? new Uri(text + path) : Endpoint;
        options.Protocol = http ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        // Set even when empty: the headers of the environment belong to another destination.
        options.Headers = string.Join(',', Headers.Select(h => $"{h.Key}={Uri.EscapeDataString(h.Value)}"));
    }
}
