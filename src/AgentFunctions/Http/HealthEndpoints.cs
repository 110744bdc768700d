// Probes: whether the process lives, and whether it can take runs.
using System.Diagnostics;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Health;
using AgentFunctions.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Http;

/// <summary>
/// <c>GET /healthz</c> answers 200 while the process lives; <c>GET /readyz</c> 200 while it can take runs, with
/// <c>degraded</c> when something is missing that runs can do without, else 503. Times are in seconds. One word instead of
/// JSON for <c>Accept: text/plain</c>. Probes carry no key, so neither needs one.
/// </summary>
public sealed class HealthEndpoints(Readiness readiness, TimeProvider time)
{
    private readonly DateTimeOffset _startedAt = Process.GetCurrentProcess().StartTime.ToUniversalTime();

    [Function("GetHealth")]
    public IResult Live([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "healthz")] HttpRequest request) =>
        WantsText(request) ? Results.Text("ok") : Api.Json(Body("healthy", []));

    [Function("GetReadiness")]
    public async Task<IResult> ReadyAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "readyz")] HttpRequest request, [DurableClient] DurableTaskClient client)
    {
        var report = await readiness.CheckAsync(DurableBackEnd(client));
        var isReady = report.Status != HealthStatus.Unhealthy;
        var status = isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return WantsText(request)
            ? Results.Text(isReady ? "ready" : "not ready", statusCode: status)
            : Api.Json(Body(AgentJson.Word(report.Status), report.Checks), status);
    }

    internal static HealthCheck DurableBackEnd(DurableTaskClient client) => new("durable", IsCritical: true, async cancellationToken =>
    {
        await client.GetInstanceAsync("readyz", cancellationToken);
        return "Answers.";
    });

    private JsonObject Body(string status, IEnumerable<HealthEntry> checks) => new()
    {
        ["status"] = status,
        ["timestamp"] = time.GetUtcNow(),
        ["version"] = AgentTelemetry.Version,
        ["uptime"] = (time.GetUtcNow() - _startedAt).TotalSeconds,
        ["checks"] = new JsonObject(checks.Select(check => KeyValuePair.Create(check.Name, (JsonNode?)new JsonObject
        {
            ["status"] = AgentJson.Word(check.Status),
            ["message"] = check.Message,
            ["last_checked"] = check.LastChecked,
            ["duration"] = check.Duration.TotalSeconds,
        }))),
    };

    private static bool WantsText(HttpRequest request) =>
        request.Headers.Accept.ToString().StartsWith("text/plain", StringComparison.OrdinalIgnoreCase);
}
