using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Embedded.Worker;

/// <summary>Reads and signals entities.</summary>
internal sealed class EntityEndpoints(DurableEntityClient client)
{
    public async Task<IResult> ListAsync(HttpRequest request, string? entityName)
    {
        var query = new EntityQuery
        {
            InstanceIdStartsWith = string.IsNullOrEmpty(entityName) ? null : $"@{entityName}@",
            LastModifiedFrom = request.Time("lastOperationTimeFrom"),
            LastModifiedTo = request.Time("lastOperationTimeTo"),
            IncludeState = request.Flag("fetchState", otherwise: false),
            PageSize = request.Number("top"),
            ContinuationToken = request.ContinuationToken(),
        };
        var page = await client.GetAllEntitiesAsync(query).AsPages().FirstAsync(request.HttpContext.RequestAborted);
        request.HttpContext.Response.Headers[ManagementApi.ContinuationHeader] = page.ContinuationToken;
        return Results.Json(page.Values.Select(entity => new
        {
            entityId = new { name = entity.Id.Name, key = entity.Id.Key },
            lastOperationTime = entity.LastModifiedTime.UtcDateTime,
            state = entity.IncludesState ? ManagementRequest.ToJson(entity.State.Value) : null,
        }));
    }

    public async Task<IResult> GetAsync(HttpRequest request, string entityName, string entityKey)
    {
        // '$' stands for the empty key, which a path cannot have.
        var id = new EntityInstanceId(entityName, entityKey == "$" ? "" : entityKey);
        var entity = await client.GetEntityAsync(id, includeState: true, request.HttpContext.RequestAborted);
        return entity is { IncludesState: true } ? Results.Json(ManagementRequest.ToJson(entity.State.Value)) : Results.NotFound();
    }

    public async Task<IResult> SignalAsync(HttpRequest request, string entityName, string? entityKey) =>
        await SignalAsync(request, entityName, entityKey, request.Text("op") ?? "");

    public async Task<IResult> DeleteAsync(HttpRequest request, string entityName, string? entityKey) =>
        await SignalAsync(request, entityName, entityKey, "delete");

    private async Task<IResult> SignalAsync(HttpRequest request, string entityName, string? entityKey, string operation)
    {
        object? input = request.IsJson() ? await request.ReadJsonAsync() : await request.ReadTextAsync() is { Length: > 0 } text ? text : null;
        var id = new EntityInstanceId(entityName, entityKey ?? "");
        await client.SignalEntityAsync(id, operation, input, cancellation: request.HttpContext.RequestAborted);
        return Results.StatusCode(StatusCodes.Status202Accepted);
    }
}
