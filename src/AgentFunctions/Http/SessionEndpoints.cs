// Sessions and their runs.
using System.Text.Json.Nodes;
using AgentFunctions.Runs;
using AgentFunctions.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Http;

public sealed class SessionEndpoints(Api api, ISessionStore sessions, IRunStore runs)
{
    [Function("ListSessions")]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/sessions")] HttpRequest request) =>
        api.AnswerAsync(request, async aborted =>
        {
            var query = new SessionQuery(
                Query.Text(request, "agent_id"), Query.Text(request, "user_id"), Query.Limit(request), Query.Text(request, "cursor"));
            var page = await Query.PageAsync(() => sessions.ListAsync(query, aborted));
            return Api.List(page.Items.Select(Json), page.NextCursor);
        });

    [Function("GetSession")]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/sessions/{sessionId}")] HttpRequest request, string sessionId) =>
        api.AnswerAsync(request, async aborted => Api.Json(Json(await FindAsync(sessionId, aborted))));

    [Function("ListSessionRuns")]
    public Task<IResult> RunsAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/sessions/{sessionId}/runs")] HttpRequest request, string sessionId) =>
        api.AnswerAsync(request, async aborted =>
        {
            await FindAsync(sessionId, aborted);
            var query = new RunQuery(SessionId: sessionId, Limit: Query.Limit(request), Cursor: Query.Text(request, "cursor"));
            var page = await Query.PageAsync(() => runs.ListAsync(query, aborted));
            return Api.List(page.Items.Select(RunJson.Run), page.NextCursor);
        });

    private async Task<SessionRecord> FindAsync(string sessionId, CancellationToken aborted) =>
        await sessions.GetAsync(sessionId, aborted) ?? throw ApiException.SessionNotFound(sessionId);

    private static JsonObject Json(SessionRecord session) => new()
    {
        ["session_id"] = session.SessionId,
        ["agent_id"] = session.AgentId,
        ["user_id"] = session.UserId,
        ["created_at"] = session.CreatedAt,
        ["updated_at"] = session.UpdatedAt,
        ["runs"] = session.Runs,
        ["usage"] = RunJson.Usage(session.Usage),
        ["cost_usd"] = session.CostUsd,
        ["unpriced_calls"] = session.UnpricedCalls,
    };
}
