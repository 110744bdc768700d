using AgentFunctions.Embedded.DurableTask;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Embedded.Worker;

/// <summary>Reads and purges instances.</summary>
internal sealed class InstanceEndpoints(DurableTaskClient client, IInstanceHistory history, TimeProvider clock)
{
    public async Task<IResult> ListAsync(HttpRequest request)
    {
        var query = new OrchestrationQuery(
            request.Time("createdTimeFrom"),
            request.Time("createdTimeTo"),
            request.Statuses(),
            InstanceIdPrefix: request.Text("instanceIdPrefix"),
            PageSize: request.Number("top") ?? OrchestrationQuery.DefaultPageSize,
            FetchInputsAndOutputs: true,
            ContinuationToken: request.ContinuationToken());
        var page = await client.GetAllInstancesAsync(query).AsPages().FirstAsync(request.HttpContext.RequestAborted);
        request.HttpContext.Response.Headers[ManagementApi.ContinuationHeader] = page.ContinuationToken;
        var showInput = request.Flag("showInput", otherwise: true);
        return Results.Json(page.Values.Select(instance => InstancePayload.Of(instance, showInput)));
    }

    public async Task<IResult> GetAsync(HttpRequest request, string instanceId)
    {
        if (await client.GetInstanceAsync(instanceId, getInputsAndOutputs: true, request.HttpContext.RequestAborted) is not { } instance)
            return Results.NotFound();
        var events = request.Flag("showHistory", otherwise: false)
            ? await history.GetHistoryAsync(instanceId, request.Flag("showHistoryOutput", otherwise: false), request.HttpContext.RequestAborted)
            : null;
        var payload = InstancePayload.Of(instance, request.Flag("showInput", otherwise: true), events);
        return Results.Json(payload, statusCode: StatusOf(instance, request));
    }

    public async Task<IResult> PurgeAsync(HttpRequest request, string instanceId)
    {
        if (await client.GetInstanceAsync(instanceId, request.HttpContext.RequestAborted) is null)
            return Results.NotFound();
        return Purged(await client.PurgeInstanceAsync(instanceId, request.HttpContext.RequestAborted));
    }

    public async Task<IResult> PurgeAllAsync(HttpRequest request)
    {
        if (request.Time("createdTimeFrom") is not { } from)
            return ManagementApi.Error(StatusCodes.Status400BadRequest, "Give a time in the query parameter 'createdTimeFrom'.");
        var filter = new PurgeInstancesFilter(from, request.Time("createdTimeTo") ?? clock.GetUtcNow(), request.Statuses());
        var result = await client.PurgeAllInstancesAsync(filter, request.HttpContext.RequestAborted);
        return result.PurgedInstanceCount == 0 ? Results.NotFound() : Purged(result);
    }

    private static IResult Purged(PurgeResult result) => Results.Json(new { instancesDeleted = result.PurgedInstanceCount });

    // While it runs: 202, and where and when to ask again.
    private static int StatusOf(OrchestrationMetadata instance, HttpRequest request)
    {
        if (!instance.IsCompleted)
        {
            request.HttpContext.Response.Headers.Location = request.GetEncodedUrl();
            request.HttpContext.Response.Headers.RetryAfter = "5";
            return StatusCodes.Status202Accepted;
        }

        return instance.RuntimeStatus == OrchestrationRuntimeStatus.Failed && request.Flag("returnInternalServerErrorOnFailure", otherwise: false)
            ? StatusCodes.Status500InternalServerError
            : StatusCodes.Status200OK;
    }
}
