using AgentFunctions.Embedded.DurableTask;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Embedded.Worker;

/// <summary>Starts and restarts instances; with <c>timeout</c> (seconds) it waits that long for the end.</summary>
internal sealed class StartEndpoints(DurableTaskClient client, DurableFunctionRegistry functions)
{
    public async Task<IResult> StartAsync(HttpRequest request, string functionName, string? instanceId)
    {
        if (!functions.Orchestrators.ContainsKey(functionName))
            throw new ArgumentException(
                $"There is no orchestrator '{functionName}'. There are: {string.Join(", ", functions.Orchestrators.Keys.Order(StringComparer.Ordinal))}.");
        var id = await client.ScheduleNewOrchestrationInstanceAsync(
            functionName, await request.ReadJsonAsync(), new StartOrchestrationOptions(instanceId), request.HttpContext.RequestAborted);
        return await AnswerAsync(request, id);
    }

    public async Task<IResult> RestartAsync(HttpRequest request, string instanceId)
    {
        var withNewId = request.Flag("restartWithNewInstanceId", otherwise: true);
        return await AnswerAsync(request, await client.RestartAsync(instanceId, withNewId, request.HttpContext.RequestAborted));
    }

    private async Task<IResult> AnswerAsync(HttpRequest request, string instanceId)
    {
        if (request.Seconds("timeout") is not { } timeout || await EndOfAsync(instanceId, timeout, request.HttpContext.RequestAborted) is not { } ended)
            return CheckStatus(request, instanceId);
        return ended.RuntimeStatus == OrchestrationRuntimeStatus.Completed
            ? Results.Json(ManagementRequest.ToJson(ended.SerializedOutput))
            : Results.Json(InstancePayload.Of(ended, showInput: true));
    }

    private async Task<OrchestrationMetadata?> EndOfAsync(string instanceId, TimeSpan timeout, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stop.CancelAfter(timeout);
        try
        {
            return await client.WaitForInstanceCompletionAsync(instanceId, getInputsAndOutputs: true, stop.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    private static IResult CheckStatus(HttpRequest request, string id)
    {
        var root = UriHelper.BuildAbsolute(request.Scheme, request.Host, request.PathBase, ManagementApi.BasePath);
        var instance = $"{root}/instances/{Uri.EscapeDataString(id)}";
        request.HttpContext.Response.Headers.Location = instance;
        request.HttpContext.Response.Headers.RetryAfter = "10";
        var links = new
        {
            id,
            statusQueryGetUri = instance,
            sendEventPostUri = $"{instance}/raiseEvent/{{eventName}}",
            terminatePostUri = $"{instance}/terminate?reason={{text}}",
            purgeHistoryDeleteUri = instance,
            restartPostUri = $"{instance}/restart",
            rewindPostUri = $"{instance}/rewind?reason={{text}}",
            suspendPostUri = $"{instance}/suspend?reason={{text}}",
            resumePostUri = $"{instance}/resume?reason={{text}}",
        };
        return Results.Json(links, statusCode: StatusCodes.Status202Accepted);
    }
}
