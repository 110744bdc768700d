// Traces by id.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Traces;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Http;

public sealed class TraceEndpoints(Api api, ITraceStore traces)
{
    /// <summary>The most spans one answer carries.</summary>
    public const int MaxSpans = 10_000;

    [Function("GetTrace")]
    public Task<IResult> GetAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/traces/{traceId}")] HttpRequest request, string traceId) =>
        api.AnswerAsync(request, async aborted =>
        {
            var spans = await traces.GetTraceAsync(traceId, MaxSpans, aborted);
            return spans.Count == 0 ? throw ApiException.TraceNotFound(traceId) : Answer(traceId, spans);
        });

    /// <summary>The tree; of a run whose first span has not ended yet an empty one.</summary>
    internal static IResult Answer(string traceId, IReadOnlyList<SpanRecord> spans) => Api.Json(spans.Count == 0
        ? new JsonObject { ["trace_id"] = traceId, ["status"] = "running", ["total_spans"] = 0, ["error_count"] = 0, ["tree"] = new JsonArray() }
        : JsonSerializer.SerializeToNode(TraceTree.Build(traceId, spans), AgentJson.Options)!);
}
