// The right to be forgotten over HTTP: delete a run, a session or all of a user, and look at such an operation.
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Orchestrations;
using AgentFunctions.Runs;
using AgentFunctions.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Http;

/// <summary>
/// Each delete is a durable operation: 200 with what was removed within <c>wait</c> seconds (default 60), else 202 with
/// where to look. 409 while a run is unfinished, unless <c>force=true</c> cancels it.
/// </summary>
public sealed class ErasureEndpoints(Api api, IRunStore runs, ISessionStore sessions, IIdSource ids)
{
    private const int DefaultWaitSeconds = 60;
    private const int MaxWaitSeconds = 200;

    [Function("DeleteRun")]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "delete", Route = "api/v1/runs/{runId}")] HttpRequest request,
        string runId, [DurableClient] DurableTaskClient client) =>
        api.AnswerAsync(request, async aborted =>
        {
            var run = await runs.GetAsync(runId, aborted) ?? throw ApiException.RunNotFound(runId);
            if (run.Depth > 0)
                throw ApiException.Invalid($"The run is a member's; delete the run that it works for: '{RunIds.RootOf(runId)}'.");
            return await ForgetAsync(request, client, Order(request) with { RunId = runId }, run.IsFinished ? null : run, aborted);
        });

    [Function("DeleteSession")]
    public Task<IResult> SessionAsync(
        [HttpTrigger(AuthorizationLevel.Function, "delete", Route = "api/v1/sessions/{sessionId}")] HttpRequest request,
        string sessionId, [DurableClient] DurableTaskClient client) =>
        api.AnswerAsync(request, async aborted =>
        {
            if (await sessions.GetAsync(sessionId, aborted) is null)
                throw ApiException.SessionNotFound(sessionId);
            var busy = await UnfinishedAsync(status => new RunQuery(SessionId: sessionId, Status: status, Limit: 1), aborted);
            return await ForgetAsync(request, client, Order(request) with { SessionId = sessionId }, busy, aborted);
        });

    /// <summary>Removes the runs of a user in whatever session, and the user's sessions. It answers the same for a user that nobody knows.</summary>
    [Function("DeleteUser")]
    public Task<IResult> UserAsync(
        [HttpTrigger(AuthorizationLevel.Function, "delete", Route = "api/v1/users/{userId}")] HttpRequest request,
        string userId, [DurableClient] DurableTaskClient client) =>
        api.AnswerAsync(request, async aborted =>
        {
            var busy = await UnfinishedAsync(status => new RunQuery(UserId: userId, Status: status, Limit: 1), aborted);
            return await ForgetAsync(request, client, Order(request) with { UserId = userId }, busy, aborted);
        });

    /// <summary>How a delete stands. It is forgotten itself some time after its end; the proof stays in the audit log.</summary>
    [Function("GetOperation")]
    public Task<IResult> OperationAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/operations/{operationId}")] HttpRequest request,
        string operationId, [DurableClient] DurableTaskClient client) =>
        api.AnswerAsync(request, async aborted =>
        {
            var instance = operationId.StartsWith(ForgetData.IdPrefix, StringComparison.Ordinal)
                ? await client.GetInstanceAsync(operationId, getInputsAndOutputs: true, aborted)
                : null;
            return instance is null
                ? throw new ApiException(404, "operation_not_found", $"There is no operation '{operationId}'. Of one that ended some time ago, the proof is in /api/v1/audit.")
                : Api.Json(Json(instance));
        });

    private ErasureOrder Order(HttpRequest request) => new(ids.New("forget"), Actor.Of(request), Query.Flag(request, "force"));

    private static async Task<IResult> ForgetAsync(HttpRequest request, DurableTaskClient client, ErasureOrder order, RunRecord? busy, CancellationToken aborted)
    {
        var wait = Query.Int(request, "wait", DefaultWaitSeconds, 0, MaxWaitSeconds);
        if (busy is not null && !order.Force)
            throw new ApiException(409, "run_unfinished", $"Run '{busy.RunId}' is {AgentJson.Word(busy.Status)}. Cancel it and wait for its end, or delete with force=true.",
                new JsonObject { ["run_id"] = busy.RunId });
        await client.ScheduleNewOrchestrationInstanceAsync(nameof(ForgetData), order, new StartOrchestrationOptions(order.OperationId), aborted);
        var location = $"/api/v1/operations/{order.OperationId}";
        if (await EndAsync(client, order.OperationId, TimeSpan.FromSeconds(wait), aborted) is { } ended)
            return Api.Json(Json(ended));
        request.HttpContext.Response.Headers.Location = location;
        request.HttpContext.Response.Headers.RetryAfter = "1";
        return Api.Json(
            new JsonObject { ["operation_id"] = order.OperationId, ["status"] = "running", ["links"] = new JsonObject { ["self"] = location } },
            StatusCodes.Status202Accepted);
    }

    /// <summary>Null when the operation goes on after the time.</summary>
    private static async Task<OrchestrationMetadata?> EndAsync(DurableTaskClient client, string id, TimeSpan wait, CancellationToken aborted)
    {
        if (wait == TimeSpan.Zero)
            return null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        limit.CancelAfter(wait);
        try
        {
            return await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, limit.Token);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<RunRecord?> UnfinishedAsync(Func<RunStatus, RunQuery> query, CancellationToken aborted)
    {
        foreach (var status in (RunStatus[])[RunStatus.Running, RunStatus.Paused, RunStatus.Pending])
        {
            if ((await runs.ListAsync(query(status), aborted)).Items is [var run, ..])
                return run;
        }

        return null;
    }

    private static JsonObject Json(OrchestrationMetadata instance)
    {
        var tally = instance.RuntimeStatus == OrchestrationRuntimeStatus.Completed ? instance.ReadOutputAs<ErasureTally>() : null;
        var status = tally is not null ? (tally.BusyRunId is null ? "completed" : "stopped") : instance.IsCompleted ? "failed" : "running";
        var json = new JsonObject { ["operation_id"] = instance.InstanceId, ["status"] = status };
        if (tally is not null)
        {
            json["runs"] = tally.Runs;
            json["sessions"] = tally.Sessions;
            json["messages"] = tally.Messages;
            json["spans"] = tally.Spans;
            json["run_ids_sha256"] = tally.RunIdsSha256;
            json["unfinished_run_id"] = tally.BusyRunId;
        }

        json["links"] = new JsonObject { ["self"] = $"/api/v1/operations/{instance.InstanceId}" };
        return json;
    }
}
