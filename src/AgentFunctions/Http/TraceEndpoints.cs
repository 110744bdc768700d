// Traces: list, search, tree, and where the time went.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Traces;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Http;

public sealed class TraceEndpoints(Api api, TraceReader reader, TraceList list)
{
    // The functions host tries routes in no order to rely on, so none may match what is another's.
    private const string OneTrace = "api/v1/traces/{traceId:regex(^(?!export$))}";

    /// <summary>Runs in progress, then stored traces, each latest first.</summary>
    [Function("ListTraces")]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/traces")] HttpRequest request) =>
        api.AnswerAsync(request, aborted => AnswerAsync(QueryOf(request), aborted));

    /// <summary>The same list by a filter in the body: <c>{filter?, from?, to?, limit?, cursor?}</c>.</summary>
    [Function("SearchTraces")]
    public Task<IResult> SearchAsync([HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/traces/search")] HttpRequest request) =>
        api.AnswerAsync(request, async aborted =>
        {
            var search = await TraceSearch.ReadAsync(request, FilterJson.OfTraces, Query.MaxLimit, aborted);
            return await AnswerAsync(
                new TraceQuery { Filter = search.Filter, From = search.From, To = search.To, Limit = search.Limit, Cursor = search.Cursor }, aborted);
        });

    /// <summary>The tree; of a run in progress also what is under way, with status <c>running</c>.</summary>
    [Function("GetTrace")]
    public Task<IResult> GetAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = OneTrace)] HttpRequest request, string traceId) =>
        api.AnswerAsync(request, async aborted => Answer(await FindAsync(traceId, aborted)));

    /// <summary>Which agent and operation the time went to, largest share first.</summary>
    [Function("GetTraceSummary")]
    public Task<IResult> SummaryAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/traces/{traceId}/summary")] HttpRequest request, string traceId) =>
        api.AnswerAsync(request, async aborted =>
        {
            var trace = await FindAsync(traceId, aborted);
            var summary = JsonSerializer.SerializeToNode(trace.Tree() with { Tree = [] }, AgentJson.Options)!.AsObject();
            summary.Remove("tree");
            summary["operations"] = JsonSerializer.SerializeToNode(Bottleneck.Of(trace.Spans), AgentJson.Options);
            return Api.Json(summary);
        });

    internal static TraceQuery QueryOf(HttpRequest request) => new()
    {
        RunId = Query.Text(request, "run_id"),
        SessionId = Query.Text(request, "session_id"),
        UserId = Query.Text(request, "user_id"),
        AgentId = Query.Text(request, "agent_id"),
        TeamId = Query.Text(request, "team_id"),
        WorkflowId = Query.Text(request, "workflow_id"),
        Status = Query.OneOf(request, "status", "ok", "error", "running", "paused"),
        Name = Query.Text(request, "name"),
        MinDuration = Query.Duration(request, "min_duration"),
        From = Query.Time(request, "from"),
        To = Query.Time(request, "to"),
        Limit = Query.Limit(request),
        Cursor = Query.Text(request, "cursor"),
    };

    internal static IResult Answer(TraceSpans trace) => Api.Json(JsonSerializer.SerializeToNode(trace.Tree(), AgentJson.Options)!);

    private async Task<IResult> AnswerAsync(TraceQuery query, CancellationToken aborted)
    {
        var page = await Query.PageAsync(() => list.ListAsync(query, aborted));
        return Api.List(page.Items.Select(t => JsonSerializer.SerializeToNode(t, AgentJson.Options)!), page.NextCursor);
    }

    private async Task<TraceSpans> FindAsync(string traceId, CancellationToken aborted) =>
        await reader.FindAsync(traceId, aborted) ?? throw ApiException.TraceNotFound(traceId);
}
