using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Tests.Telemetry;

/// <summary>A real OTLP server, HTTP/protobuf or gRPC, that decodes what it is sent.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly bool _grpc;
    private readonly TaskCompletionSource _answer = new();
    private readonly ConcurrentQueue<OtlpRequest> _requests = new();
    private readonly SemaphoreSlim _arrived = new(0);

    private OtlpReceiver(bool grpc, bool hangs)
    {
        _grpc = grpc;
        if (!hangs)
            _answer.SetResult();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = grpc ? HttpProtocols.Http2 : HttpProtocols.Http1));
        _app = builder.Build();
        _app.Run(ReceiveAsync);
    }

    /// <summary>The HTTP status of the answers; of gRPC the status of the call.</summary>
    public int Answer { get; set; }

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    public static async Task<OtlpReceiver> StartAsync(bool grpc = false, bool hangs = false)
    {
        var receiver = new OtlpReceiver(grpc, hangs);
        await receiver._app.StartAsync();
        return receiver;
    }

    /// <summary>Every span so far; for a sender that has stopped.</summary>
    public IReadOnlyList<OtlpSpan> Received => [.. _requests.SelectMany(request => request.Spans)];

    /// <summary>The next request, once it is there.</summary>
    public async Task<OtlpRequest> NextAsync()
    {
        Assert.True(await _arrived.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.True(_requests.TryDequeue(out var request));
        return request;
    }

    public async ValueTask DisposeAsync()
    {
        _answer.TrySetResult();
        await _app.DisposeAsync();
    }

    // gRPC puts a flag, which says whether the message is compressed, and four bytes of length before it.
    private async Task<byte[]> BodyAsync(HttpRequest request)
    {
        using var received = new MemoryStream();
        await request.Body.CopyToAsync(received);
        var bytes = received.ToArray();
        if (_grpc)
            return bytes[0] == 1 ? Unzip(bytes[5..]) : bytes[5..];
        return request.Headers.ContentEncoding == "gzip" ? Unzip(bytes) : bytes;
    }

    private static byte[] Unzip(byte[] bytes)
    {
        using var plain = new MemoryStream();
        using var zipped = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        zipped.CopyTo(plain);
        return plain.ToArray();
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        var message = new ProtobufReader(await BodyAsync(context.Request));
        var headers = context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        _requests.Enqueue(new OtlpRequest(context.Request.Path, headers, message));
        _arrived.Release();
        await _answer.Task;
        if (_grpc)
        {
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(new byte[5]);
            context.Response.AppendTrailer("grpc-status", Answer.ToString(CultureInfo.InvariantCulture));
        }
        else
        {
            context.Response.StatusCode = Answer == 0 ? StatusCodes.Status200OK : Answer;
            context.Response.ContentType = "application/x-protobuf";
        }
    }
}

/// <summary>An ExportTraceServiceRequest. Field numbers are those of opentelemetry/proto/trace/v1/trace.proto.</summary>
internal sealed record OtlpRequest(string Path, IReadOnlyDictionary<string, string> Headers, ProtobufReader Message)
{
    public IReadOnlyDictionary<string, object?> Resource => OtlpSpan.Attributes(Message.Message(1).Message(1), 1);

    public (string Name, string Version) Scope => Message.Message(1).Message(2).Message(1) is var scope ? (scope.Text(1), scope.Text(2)) : default;

    public IReadOnlyList<OtlpSpan> Spans => [.. Message.Message(1).Message(2).Messages(2).Select(s => new OtlpSpan(s))];
}

internal sealed class OtlpSpan(ProtobufReader span)
{
    public string TraceId => Convert.ToHexStringLower(span.Bytes(1));

    public string SpanId => Convert.ToHexStringLower(span.Bytes(2));

    /// <summary>Null when the field is absent, which is not the same as eight zero bytes.</summary>
    public string? ParentSpanId => span.Has(4) ? Convert.ToHexStringLower(span.Bytes(4)) : null;

    public string Name => span.Text(5);

    public int Kind => (int)span.Number(6);

    public DateTimeOffset Start => DateTimeOffset.UnixEpoch.AddTicks((long)(span.Number(7) / 100));

    public DateTimeOffset End => DateTimeOffset.UnixEpoch.AddTicks((long)(span.Number(8) / 100));

    public IReadOnlyDictionary<string, object?> Tags => Attributes(span, 9);

    public int Status => span.Has(15) ? (int)span.Message(15).Number(3) : 0;

    public static IReadOnlyDictionary<string, object?> Attributes(ProtobufReader owner, int field) =>
        owner.Messages(field).ToDictionary(a => a.Text(1), a => Value(a.Message(2)));

    private static object? Value(ProtobufReader any) => any switch
    {
        _ when any.Has(1) => any.Text(1),
        _ when any.Has(2) => any.Number(2) == 1,
        _ when any.Has(3) => (long)any.Number(3),
        _ when any.Has(4) => BitConverter.UInt64BitsToDouble(any.Number(4)),
        _ when any.Has(5) => string.Join(',', any.Message(5).Messages(1).Select(v => Convert.ToString(Value(v), CultureInfo.InvariantCulture))),
        _ => null,
    };
}
