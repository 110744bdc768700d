// Looking at runs: list, one, events, messages, history, trace; and cancelling one.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Audit;
using AgentFunctions.Runs;
using AgentFunctions.Traces;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Http;

public sealed class RunQueryEndpoints(Api api, IRunStore runs, TraceReader traces, IRunHistory history, EventStream stream, IAuditLog audit, RunCanceller canceller,
    TimeProvider time)
{
    [Function("ListRuns")]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/runs")] HttpRequest request) =>
        api.AnswerAsync(request, async aborted =>
        {
            var query = new RunQuery(
                Query.Text(request, "agent_id"), Query.Text(request, "session_id"), Query.Text(request, "user_id"),
                Query.Word<RunStatus>(request, "status"), Query.Text(request, "model"),
                Query.Time(request, "from"), Query.Time(request, "to"), Query.Limit(request), Query.Text(request, "cursor"))
            {
                ParentRunId = Query.Text(request, "parent_run_id"),
                IncludeMembers = Query.Flag(request, "include_members"),
            };
            var page = await Query.PageAsync(() => runs.ListAsync(query, aborted));
            return Api.List(page.Items.Select(RunJson.Run), page.NextCursor);
        });

    [Function("GetRun")]
    public Task<IResult> GetAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/runs/{runId}")] HttpRequest request, string runId) =>
        api.AnswerAsync(request, async aborted => Api.Json(RunJson.Run(await FindAsync(runId, aborted))));

    [Function("GetRunEvents")]
    public Task<IResult> EventsAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/runs/{runId}/events")] HttpRequest request, string runId) =>
        api.AnswerAsync(request, async aborted =>
        {
            var filter = EventFilter.Parse(request);
            var after = EventStream.ResumePoint(request);
            return stream.Of(await FindAsync(runId, aborted), filter, after);
        });

    [Function("GetRunMessages")]
    public Task<IResult> MessagesAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/runs/{runId}/messages")] HttpRequest request, string runId) =>
        api.AnswerAsync(request, async aborted =>
        {
            await FindAsync(runId, aborted);
            var messages = await runs.GetMessagesAsync(runId, aborted);
            return Api.List(messages.Select(Json));
        });

    [Function("GetRunHistory")]
    public Task<IResult> HistoryAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/runs/{runId}/history")] HttpRequest request,
        string runId, [DurableClient] DurableTaskClient client) =>
        api.AnswerAsync(request, async aborted =>
        {
            await FindAsync(runId, aborted);
            var events = await history.GetAsync(client, runId, aborted);
            return Api.List((events ?? []).Select(e => e!.DeepClone()));
        });

    [Function("GetRunTrace")]
    public Task<IResult> TraceAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/runs/{runId}/trace")] HttpRequest request, string runId) =>
        api.AnswerAsync(request, async aborted =>
        {
            var run = await FindAsync(runId, aborted);
            return TraceEndpoints.Answer(await traces.OfRunAsync(run, aborted) ?? throw ApiException.TraceNotFound(run.TraceId));
        });

    /// <summary>202 while the run is being stopped, 409 when it has ended already.</summary>
    [Function("CancelRun")]
    public Task<IResult> CancelAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/runs/{runId}/cancel")] HttpRequest request,
        string runId, [DurableClient] DurableTaskClient client) =>
        api.AnswerAsync(request, async aborted =>
        {
            var reason = Query.Text(request, "reason");
            await NoteCancelAsync(request, await FindAsync(runId, aborted), reason, aborted);
            var run = await canceller.CancelAsync(client, runId, reason, aborted) ?? throw ApiException.RunNotFound(runId);
            return run.IsFinished ? throw Finished(run) : Api.Json(RunJson.Run(run), StatusCodes.Status202Accepted);
        });

    // On record before it is done: no run is cancelled without a record of who asked.
    private async Task NoteCancelAsync(HttpRequest request, RunRecord run, string? reason, CancellationToken aborted)
    {
        if (run.IsFinished)
            throw Finished(run);
        await audit.AppendAsync(
            new AuditEntry
            {
                Kind = AuditKinds.RunCancelRequested,
                At = time.GetUtcNow(),
                Actor = Actor.Of(request),
                RunId = run.RunId,
                SessionId = run.SessionId,
                UserId = run.UserId,
                AgentId = run.AgentId,
                Details = reason is null ? [] : new JsonObject { ["reason"] = reason },
                Key = $"cancel:{run.RunId}",
            },
            aborted);
    }

    private static ApiException Finished(RunRecord run) =>
        new(409, "run_finished", $"The run has ended as '{AgentJson.Word(run.Status)}' and cannot be cancelled.", new JsonObject { ["run_id"] = run.RunId });

    private async Task<RunRecord> FindAsync(string runId, CancellationToken aborted) =>
        await runs.GetAsync(runId, aborted) ?? throw ApiException.RunNotFound(runId);

    private static JsonNode Json(RunMessage message) => new JsonObject
    {
        ["position"] = message.Position,
        ["step"] = message.Step,
        ["created_at"] = message.CreatedAt,
        ["role"] = message.Message.Role,
        ["parts"] = JsonSerializer.SerializeToNode(message.Message.Parts, AgentJson.Options),
        ["finish_reason"] = message.Message.FinishReason,
    };
}
