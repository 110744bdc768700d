// Spans across traces.
using System.Text.Json.Nodes;
using AgentFunctions.Traces;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Http;

public sealed class SpanEndpoints(Api api, ITraceQueries traces)
{
    private const int MaxLimit = 1000;

    /// <summary>Stored spans, latest start first.</summary>
    [Function("ListSpans")]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/spans")] HttpRequest request) =>
        api.AnswerAsync(request, aborted => AnswerAsync(QueryOf(request), aborted));

    /// <summary>The same list by a filter in the body: <c>{filter?, from?, to?, limit?, cursor?}</c>.</summary>
    [Function("SearchSpans")]
    public Task<IResult> SearchAsync([HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/spans/search")] HttpRequest request) =>
        api.AnswerAsync(request, async aborted =>
        {
            var search = await TraceSearch.ReadAsync(request, FilterJson.OfSpans, MaxLimit, aborted);
            return await AnswerAsync(
                new SpanQuery { Filter = search.Filter, From = search.From, To = search.To, Limit = search.Limit, Cursor = search.Cursor }, aborted);
        });

    private static SpanQuery QueryOf(HttpRequest request) => new()
    {
        TraceId = Query.Text(request, "trace_id"),
        RunId = Query.Text(request, "run_id"),
        SessionId = Query.Text(request, "session_id"),
        UserId = Query.Text(request, "user_id"),
        AgentId = Query.Text(request, "agent_id"),
        TeamId = Query.Text(request, "team_id"),
        WorkflowId = Query.Text(request, "workflow_id"),
        Name = Query.Text(request, "name"),
        Type = Query.Text(request, "type")?.ToUpperInvariant(),
        Status = Query.OneOf(request, "status", "ok", "error"),
        Model = Query.Text(request, "model"),
        MinDuration = Query.Duration(request, "min_duration"),
        From = Query.Time(request, "from"),
        To = Query.Time(request, "to"),
        Limit = Query.Int(request, "limit", Query.DefaultLimit, 1, MaxLimit),
        Cursor = Query.Text(request, "cursor"),
    };

    private async Task<IResult> AnswerAsync(SpanQuery query, CancellationToken aborted)
    {
        var page = await Query.PageAsync(() => traces.ListSpansAsync(query, aborted));
        return Api.List(page.Items.Select(Json), page.NextCursor);
    }

    private static JsonObject Json(SpanRecord span) => new()
    {
        ["trace_id"] = span.TraceId,
        ["span_id"] = span.SpanId,
        ["parent_span_id"] = span.ParentSpanId,
        ["name"] = span.Name,
        ["type"] = span.Type,
        ["status"] = SpanNode.StatusWord(span),
        ["status_message"] = span.StatusMessage,
        ["start_time"] = span.StartTime,
        ["end_time"] = span.EndTime,
        ["duration_ms"] = span.DurationMs(),
        ["run_id"] = span.RunId,
        ["session_id"] = span.SessionId,
        ["user_id"] = span.UserId,
        ["agent_id"] = span.AgentId,
        ["team_id"] = span.TeamId,
        ["workflow_id"] = span.WorkflowId,
        ["attributes"] = span.Attributes.DeepClone(),
        ["events"] = span.Events.DeepClone(),
        ["links"] = span.Links.DeepClone(),
    };
}
