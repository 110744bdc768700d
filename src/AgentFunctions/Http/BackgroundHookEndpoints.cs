// Background hooks: which there are, which were given up, and trying one of those again.
using System.Text.Json.Nodes;
using AgentFunctions.Hooks;
using AgentFunctions.Orchestrations;
using DurableTask.Core.Exceptions;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Http;

public sealed class BackgroundHookEndpoints(Api api)
{
    private const string Dead = "dead";

    private static readonly Dictionary<string, OrchestrationRuntimeStatus[]> _statuses = new()
    {
        ["pending"] = [OrchestrationRuntimeStatus.Pending],
        ["running"] = [OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Suspended],
        ["completed"] = [OrchestrationRuntimeStatus.Completed],
        [Dead] = [OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated],
    };

    /// <summary>The background hooks of all runs, in the order of their start; <c>status</c> is pending, running, completed or dead.</summary>
    [Function("ListBackgroundHooks")]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/hooks/background")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        api.AnswerAsync(request, async aborted =>
        {
            var status = Query.OneOf(request, "status", _statuses.Keys);
            var query = new OrchestrationQuery(
                Statuses: status is null ? null : _statuses[status], InstanceIdPrefix: BackgroundHookJob.IdPrefix,
                PageSize: Query.Limit(request), FetchInputsAndOutputs: true, ContinuationToken: Query.Text(request, "cursor"));
            var page = await FirstPageAsync(client, query, aborted);
            return Api.List(page?.Values.Select(Json) ?? [], page?.ContinuationToken);
        });

    /// <summary>202: a hook that was given up is tried anew, with all its attempts. 409 for one that was not given up.</summary>
    [Function("RetryBackgroundHook")]
    public Task<IResult> RetryAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/hooks/background/{id}/retry")] HttpRequest request,
        string id, [DurableClient] DurableTaskClient client) =>
        api.AnswerAsync(request, async aborted =>
        {
            var hook = await FindAsync(client, id, aborted);
            if (StatusOf(hook) != Dead)
                throw NotDead(id, StatusOf(hook));
            try
            {
                await client.ScheduleNewOrchestrationInstanceAsync(
                    nameof(BackgroundHook), hook.ReadInputAs<BackgroundHookJob>(), new StartOrchestrationOptions(InstanceId: id), aborted);
            }
            catch (OrchestrationAlreadyExistsException)
            {
                throw NotDead(id, "running"); // another request was first
            }

            return Api.Json(Json(await FindAsync(client, id, aborted)), StatusCodes.Status202Accepted);
        });

    private static async Task<Page<OrchestrationMetadata>?> FirstPageAsync(DurableTaskClient client, OrchestrationQuery query, CancellationToken aborted)
    {
        try
        {
            await foreach (var page in client.GetAllInstancesAsync(query).AsPages().WithCancellation(aborted))
                return page;
            return null;
        }
        catch (ArgumentException)
        {
            throw ApiException.Invalid("'cursor' is not one that this list gave; begin again without it.");
        }
    }

    private static async Task<OrchestrationMetadata> FindAsync(DurableTaskClient client, string id, CancellationToken aborted)
    {
        var known = id.StartsWith(BackgroundHookJob.IdPrefix, StringComparison.Ordinal)
            ? await client.GetInstanceAsync(id, getInputsAndOutputs: true, aborted)
            : null;
        return known ?? throw new ApiException(404, "hook_not_found", $"There is no background hook '{id}'.");
    }

    private static ApiException NotDead(string id, string status) => new(
        409, "conflict", $"Background hook '{id}' is {status}; only one that was given up (dead) can be tried again.");

    private static string StatusOf(OrchestrationMetadata hook) =>
        _statuses.FirstOrDefault(s => s.Value.Contains(hook.RuntimeStatus)).Key ?? "pending";

    private static JsonObject Json(OrchestrationMetadata hook)
    {
        var job = hook.ReadInputAs<BackgroundHookJob>();
        return new JsonObject
        {
            ["id"] = hook.InstanceId,
            ["run_id"] = job?.RunId,
            ["hook"] = job?.Hook,
            ["status"] = StatusOf(hook),
            ["attempts"] = job?.Attempts,
            ["created_at"] = hook.CreatedAt,
            ["updated_at"] = hook.LastUpdatedAt,
            ["error"] = hook.FailureDetails is { } failure ? new JsonObject { ["message"] = (failure.InnerFailure ?? failure).ErrorMessage } : null,
        };
    }
}
