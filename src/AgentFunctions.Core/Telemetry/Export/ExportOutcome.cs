using System.Net.Sockets;
using System.Security.Authentication;

namespace AgentFunctions.Telemetry.Export;

/// <summary>How one request of an exporter ended, as a word for machines and a sentence for people.</summary>
/// <param name="Reason"><c>ok</c>, <c>http_401</c>, <c>grpc_16</c>, <c>timeout</c>, <c>connection_refused</c>, <c>unknown_host</c>, <c>tls</c> or <c>failed</c>.</param>
/// <param name="Text">What happened.</param>
/// <param name="Fix">What to do about it; null when all is well.</param>
internal sealed record ExportOutcome(string Reason, string Text, string? Fix)
{
    private const int GrpcUnauthenticated = 16;
    private const int GrpcPermissionDenied = 7;
    private const int GrpcUnimplemented = 12;

    /// <summary>For destinations without an answer.</summary>
    public static ExportOutcome Written { get; } = new("ok", "written", null);

    public bool IsOk => Reason == "ok";

    public string Cause => Fix is null ? Text : $"{Text}; {Fix}";

    public static ExportOutcome Of(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        if (GrpcStatusOf(response) is { } grpc and not 0)
            return new($"grpc_{grpc}", $"the endpoint answered gRPC status {grpc}", FixOfGrpc(grpc));
        return response.IsSuccessStatusCode
            ? new("ok", $"HTTP {status}", null)
            : new($"http_{status}", $"the endpoint answered HTTP {status}", FixOfHttp(status));
    }

    /// <param name="error">What the request failed with.</param>
    /// <param name="endpoint">Where it went.</param>
    public static ExportOutcome Of(Exception error, Uri endpoint) => error switch
    {
        OperationCanceledException or TimeoutException =>
            new("timeout", $"{endpoint.Authority} did not answer in time", "look whether it is overloaded, or raise the exporter's `timeout`"),
        _ when Inner<SocketException>(error) is { SocketErrorCode: SocketError.ConnectionRefused } =>
            new("connection_refused", $"nothing listens at {endpoint.Authority}", "start it, or correct the exporter's `endpoint`"),
        _ when Inner<SocketException>(error) is { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } =>
            new("unknown_host", $"there is no host {endpoint.Host}", "correct the exporter's `endpoint`"),
        _ when Inner<AuthenticationException>(error) is not null =>
            new("tls", $"no TLS connection to {endpoint.Authority}", "check the certificate, or whether the endpoint speaks plain http"),
        _ => new("failed", $"the request failed: {error.Message}", "check `endpoint` and `protocol`: gRPC and HTTP have ports of their own"),
    };

    private static string FixOfHttp(int status) => status switch
    {
        401 or 403 => "check the exporter's key",
        404 or 405 => "check the path of the exporter's `endpoint`",
        400 or 415 => "the endpoint refuses the data; check `protocol`, and that `type` is the right one",
        413 => "lower `batch.max_export_batch_size` or set `max_content_chars`",
        429 => "lower `sampling_rate`, or ask the back end for a higher limit",
        _ => "look at the back end's own log",
    };

    private static string FixOfGrpc(int status) => status switch
    {
        GrpcUnauthenticated or GrpcPermissionDenied => "check the exporter's key",
        GrpcUnimplemented => "check the port: this one takes other gRPC calls",
        _ => "look at the back end's own log",
    };

    private static int? GrpcStatusOf(HttpResponseMessage response) =>
        (response.TrailingHeaders.TryGetValues("grpc-status", out var values) || response.Headers.TryGetValues("grpc-status", out values))
        && int.TryParse(values.First(), out var status)
            ? status
            : null;

    private static T? Inner<T>(Exception? error) where T : Exception
    {
        while (error is not null and not T)
            error = error.InnerException;
        return error as T;
    }
}
