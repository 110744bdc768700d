// A request that cannot be served, with the status and the error body that say why.
using System.Text.Json.Nodes;

namespace AgentFunctions.Http;

/// <summary>Becomes <c>{"error":{"code","message","details"}}</c> with <see cref="Status"/>.</summary>
public sealed class ApiException(int status, string code, string message, JsonObject? details = null) : Exception(message)
{
    public int Status => status;

    public string Code => code;

    public JsonObject? Details => details;

    /// <summary>When to try again; told in the header <c>Retry-After</c>, in whole seconds.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static ApiException Invalid(string message, JsonObject? details = null) => new(400, "invalid_request", message, details);

    public static ApiException RunNotFound(string runId) => new(404, "run_not_found", $"There is no run '{runId}'.");

    public static ApiException SessionNotFound(string sessionId) => new(404, "SESSION_NOT_FOUND", $"There is no session '{sessionId}'.");

    public static ApiException ApprovalNotFound(string id) => new(404, "approval_not_found", $"There is no approval '{id}'.");

    public static ApiException MetricsOff() => new(
        404, "metrics_off", "Metrics are switched off by `observability.metrics` or `observability.enabled` in agents.yaml, or by OTEL_SDK_DISABLED.");

    public static ApiException TraceNotFound(string traceId) => new(404, "trace_not_found", $"There is no trace '{traceId}'.");
}
