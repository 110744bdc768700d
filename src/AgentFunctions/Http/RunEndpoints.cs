// Starting runs: wait for the answer, poll for it, or stream it.
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Hosting;

namespace AgentFunctions.Http;

/// <summary>Agents, teams and workflows are started alike, each under its own route.</summary>
public sealed class RunEndpoints(
    Api api, RunStarter starter, IRunStore runs, RunEventFeed feed, EventStream stream, IHostApplicationLifetime lifetime)
{
    private const int DefaultWaitSeconds = 60;

    // The load balancer in front of a function app cuts a request at 230 s.
    private const int MaxWaitSeconds = 200;

    /// <summary>200 with the finished run within <c>wait</c> seconds, else 202 with where to look.</summary>
    [Function("StartRun")]
    public Task<IResult> StartAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/agents/{agentId}/run")] HttpRequest request,
        string agentId, [DurableClient] DurableTaskClient client) => StartAsync(request, RunKind.Agent, agentId, client);

    [Function("StartTeamRun")]
    public Task<IResult> StartTeamAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/teams/{teamId}/run")] HttpRequest request,
        string teamId, [DurableClient] DurableTaskClient client) => StartAsync(request, RunKind.Team, teamId, client);

    [Function("StartWorkflowRun")]
    public Task<IResult> StartWorkflowAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/workflows/{workflowId}/run")] HttpRequest request,
        string workflowId, [DurableClient] DurableTaskClient client) => StartAsync(request, RunKind.Workflow, workflowId, client);

    /// <summary>The run's events as they happen. The run goes on when the client leaves.</summary>
    [Function("StreamRun")]
    public Task<IResult> StreamAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/agents/{agentId}/run/stream")] HttpRequest request,
        string agentId, [DurableClient] DurableTaskClient client) => StreamAsync(request, RunKind.Agent, agentId, client);

    [Function("StreamTeamRun")]
    public Task<IResult> StreamTeamAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/teams/{teamId}/run/stream")] HttpRequest request,
        string teamId, [DurableClient] DurableTaskClient client) => StreamAsync(request, RunKind.Team, teamId, client);

    [Function("StreamWorkflowRun")]
    public Task<IResult> StreamWorkflowAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/workflows/{workflowId}/run/stream")] HttpRequest request,
        string workflowId, [DurableClient] DurableTaskClient client) => StreamAsync(request, RunKind.Workflow, workflowId, client);

    private Task<IResult> StartAsync(HttpRequest request, RunKind kind, string name, DurableTaskClient client) =>
        api.AnswerAsync(request, async aborted =>
        {
            var wait = Query.Int(request, "wait", DefaultWaitSeconds, 0, MaxWaitSeconds);
            var asked = await RunRequest.ReadAsync(request, aborted);
            if (asked.Stream || Query.Flag(request, "stream_events"))
                return await RelayAsync(request, kind, name, asked, client, aborted);
            var run = await BeginAsync(request, kind, name, asked, client, aborted);
            await WaitAsync(run.RunId, TimeSpan.FromSeconds(wait), aborted);
            return Answer(request, await runs.RequireAsync(run.RunId, aborted));
        });

    private Task<IResult> StreamAsync(HttpRequest request, RunKind kind, string name, DurableTaskClient client) =>
        api.AnswerAsync(request, async aborted =>
            await RelayAsync(request, kind, name, await RunRequest.ReadAsync(request, aborted), client, aborted));

    private async Task<IResult> RelayAsync(
        HttpRequest request, RunKind kind, string name, RunRequest asked, DurableTaskClient client, CancellationToken aborted)
    {
        var types = EventFilter.Parse(request);
        var after = EventStream.ResumePoint(request);
        var run = await BeginAsync(request, kind, name, asked, client, aborted);
        return stream.Of(run, types, after);
    }

    private Task<RunRecord> BeginAsync(
        HttpRequest request, RunKind kind, string name, RunRequest asked, DurableTaskClient client, CancellationToken aborted) =>
        starter.StartAsync(client, kind, name, asked, IdempotencyKey(request), request.Headers["traceparent"].FirstOrDefault(), aborted);

    // A host that stops answers with what there is: the run goes on at the next start.
    private async Task WaitAsync(string runId, TimeSpan wait, CancellationToken aborted)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(aborted, lifetime.ApplicationStopping);
        try
        {
            await feed.WaitForEndAsync(runId, wait, limit.Token);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            // The answer is 202 with where to look.
        }
    }

    private static string? IdempotencyKey(HttpRequest request)
    {
        if (!request.Headers.TryGetValue("Idempotency-Key", out var values))
            return null;
        var key = values.ToString();
        return key.Length is > 0 and <= 255 ? key : throw ApiException.Invalid("The header Idempotency-Key must have 1 to 255 characters.");
    }

    private static IResult Answer(HttpRequest request, RunRecord run)
    {
        var headers = request.HttpContext.Response.Headers;
        headers["x-run-id"] = run.RunId;
        headers["x-trace-id"] = run.TraceId;
        if (run.IsFinished)
            return Api.Json(RunJson.Run(run));
        headers.Location = $"/api/v1/runs/{run.RunId}";
        headers.RetryAfter = "1";
        return Api.Json(RunJson.Run(run), StatusCodes.Status202Accepted);
    }
}
