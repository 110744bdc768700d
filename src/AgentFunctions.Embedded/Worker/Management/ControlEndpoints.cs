using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Embedded.Worker;

/// <summary>Sends events and commands to instances: 404 if there is none of that id, 410 if it has ended, else 202.</summary>
internal sealed class ControlEndpoints(DurableTaskClient client)
{
    public Task<IResult> RaiseEventAsync(HttpRequest request, string instanceId, string eventName) =>
        ControlAsync(request, instanceId, async () =>
        {
            if (!request.IsJson())
                throw new ArgumentException("Only application/json request content is supported.");
            await client.RaiseEventAsync(instanceId, eventName, await request.ReadJsonAsync(), request.HttpContext.RequestAborted);
        });

    public Task<IResult> TerminateAsync(HttpRequest request, string instanceId) =>
        ControlAsync(request, instanceId, () => client.TerminateInstanceAsync(instanceId, request.Text("reason"), request.HttpContext.RequestAborted));

    public Task<IResult> SuspendAsync(HttpRequest request, string instanceId) =>
        ControlAsync(request, instanceId, () => client.SuspendInstanceAsync(instanceId, request.Text("reason"), request.HttpContext.RequestAborted));

    public Task<IResult> ResumeAsync(HttpRequest request, string instanceId) =>
        ControlAsync(request, instanceId, () => client.ResumeInstanceAsync(instanceId, request.Text("reason"), request.HttpContext.RequestAborted));

    public Task<IResult> RewindAsync(HttpRequest request, string instanceId) =>
        ControlAsync(
            request,
            instanceId,
            () => client.RewindInstanceAsync(instanceId, request.Text("reason") ?? "", request.HttpContext.RequestAborted),
            isGone: instance => instance.IsCompleted && instance.RuntimeStatus != OrchestrationRuntimeStatus.Failed);

    private async Task<IResult> ControlAsync(
        HttpRequest request, string instanceId, Func<Task> act, Func<OrchestrationMetadata, bool>? isGone = null)
    {
        if (await client.GetInstanceAsync(instanceId, request.HttpContext.RequestAborted) is not { } instance)
            return Results.NotFound();
        if (isGone?.Invoke(instance) ?? instance.IsCompleted)
            return Results.StatusCode(StatusCodes.Status410Gone);
        await act();
        return Results.StatusCode(StatusCodes.Status202Accepted);
    }
}
