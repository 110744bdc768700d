// The metrics of this instance, for Prometheus.
using AgentFunctions.Health;
using AgentFunctions.Telemetry.Metrics;
using AgentFunctions.Telemetry.Metrics.Prometheus;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Http;

/// <summary><c>GET /metrics</c>: OpenMetrics with exemplars where the scraper prefers it, else Prometheus text.</summary>
public sealed class MetricsEndpoints(Api api, MetricsPipeline metrics, RunGauges gauges, Readiness readiness)
{
    private const string OpenMetrics = "application/openmetrics-text";
    private const string OpenMetricsType = $"{OpenMetrics}; version=1.0.0; charset=utf-8";
    private const string TextType = "text/plain; version=0.0.4; charset=utf-8";

    [Function("GetMetrics")]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "metrics")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        api.AnswerAsync(request, async cancellationToken =>
        {
            // What is shown is the state of now, also when nothing else probes this instance.
            await Task.WhenAll(gauges.RefreshAsync(cancellationToken), readiness.CheckAsync(HealthEndpoints.DurableBackEnd(client)));
            var format = PrefersOpenMetrics(request) ? PrometheusFormat.OpenMetrics : PrometheusFormat.Text;
            var text = metrics.Render(format) ?? throw ApiException.MetricsOff();
            return Results.Text(text, format == PrometheusFormat.OpenMetrics ? OpenMetricsType : TextType);
        });

    private static bool PrefersOpenMetrics(HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().Accept;
        return QualityOf(OpenMetrics) is { } open and > 0 && open >= (QualityOf("text/plain") ?? 0);

        double? QualityOf(string type) => accepted
            .Where(entry => entry.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase))
            .Max(entry => (double?)(entry.Quality ?? 1));
    }
}
