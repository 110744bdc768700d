// The SDK's OTLP exporter with our own transport: exact headers, and knowledge of how each request ended.
using System.Diagnostics;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Exporter;

namespace AgentFunctions.Telemetry.Export;

/// <summary>Sends spans over OTLP. One thread at a time, as the SDK calls exporters.</summary>
internal sealed class OtlpTraceSender : OtlpTraceExporter
{
    private readonly OtlpTransport _transport;
    private readonly Action<int, ExportOutcome> _ended;

    /// <param name="ended">Told after each batch how many spans it had and how it ended.</param>
    public OtlpTraceSender(OtlpTarget target, Action<int, ExportOutcome> ended)
        : this(target, new OtlpTransport(target), ended)
    {
    }

    private OtlpTraceSender(OtlpTarget target, OtlpTransport transport, Action<int, ExportOutcome> ended)
        : base(Options(target, transport)) => (_transport, _ended) = (transport, ended);

    public override ExportResult Export(in Batch<Activity> activityBatch)
    {
        var count = (int)activityBatch.Count;
        _transport.Forget();
        var result = base.Export(activityBatch);
        _ended(count, _transport.Outcome(result));
        return result;
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
            _transport.Dispose();
    }

    private static OtlpExporterOptions Options(OtlpTarget target, OtlpTransport transport) => new()
    {
        Endpoint = target.Endpoint,
        Protocol = target.Protocol == OtlpProtocol.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf,
        Compression = target.Gzip ? OtlpExportCompression.GZip : OtlpExportCompression.None,
        TimeoutMilliseconds = (int)target.Timeout.TotalMilliseconds,
        // Those of the environment belong to another destination, and the option's own format cannot hold every value.
        Headers = "",
        HttpClientFactory = () => new HttpClient(transport, disposeHandler: false) { Timeout = target.Timeout },
    };
}

/// <summary>Adds the headers and remembers how the last request ended.</summary>
internal sealed class OtlpTransport(OtlpTarget target) : DelegatingHandler(Handler())
{
    private HttpResponseMessage? _response;
    private Exception? _error;

    public void Forget() => (_response, _error) = (null, null);

    public ExportOutcome Outcome(ExportResult result)
    {
        var outcome = _error is not null ? ExportOutcome.Of(_error, target.Endpoint) : _response is not null ? ExportOutcome.Of(_response) : null;
        if (result == ExportResult.Success)
            return outcome is { IsOk: true } ? outcome : new("ok", "delivered", null);
        return outcome is null or { IsOk: true } ? new("failed", "the batch could not be sent", "look at its size: at most 64 MiB") : outcome;
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        AddHeaders(request);
        try
        {
            return _response = base.Send(request, cancellationToken);
        }
        catch (Exception e)
        {
            _error = e;
            throw;
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        AddHeaders(request);
        try
        {
            return _response = await base.SendAsync(request, cancellationToken);
        }
        catch (Exception e)
        {
            _error = e;
            throw;
        }
    }

    private void AddHeaders(HttpRequestMessage request)
    {
        foreach (var (name, value) in target.Headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }
    }

    private static SocketsHttpHandler Handler() => new() { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 };
}
