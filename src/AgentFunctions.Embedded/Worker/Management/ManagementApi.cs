using System.Text.Json;
using AgentFunctions.Embedded.DurableTask;
using DurableTask.Core.Exceptions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Embedded.Worker;

/// <summary>
/// The HTTP API of the Durable Functions extension, for clients and tools written for it: the same routes, JSON and status codes.
/// </summary>
/// <remarks>
/// Where it differs: no system key is asked for; <c>taskHub</c> and <c>connection</c> are ignored; an instance id that is taken
/// and a command that does not fit the instance's status are 409 (Azure: 500).
/// </remarks>
internal static class ManagementApi
{
    public const string BasePath = "/runtime/webhooks/durabletask";

    public const string ContinuationHeader = "x-ms-continuation-token";

    private static readonly string[] _get = ["GET"];
    private static readonly string[] _post = ["POST"];
    private static readonly string[] _delete = ["DELETE"];

    public static void Map(IEndpointRouteBuilder app, DurableTaskClient client, IInstanceHistory history, DurableFunctionRegistry functions, TimeProvider clock)
    {
        var api = app.MapGroup(BasePath).AddEndpointFilter(AnswerErrorsAsync);
        var starts = new StartEndpoints(client, functions);
        Add(api, _post, "orchestrators/{functionName}/{instanceId?}", starts.StartAsync);
        Add(api, _post, "instances/{instanceId}/restart", starts.RestartAsync);

        var instances = new InstanceEndpoints(client, history, clock);
        Add(api, _get, "instances", instances.ListAsync);
        Add(api, _delete, "instances", instances.PurgeAllAsync);
        Add(api, _get, "instances/{instanceId}", instances.GetAsync);
        Add(api, _delete, "instances/{instanceId}", instances.PurgeAsync);

        var controls = new ControlEndpoints(client);
        Add(api, _post, "instances/{instanceId}/raiseEvent/{eventName}", controls.RaiseEventAsync);
        Add(api, _post, "instances/{instanceId}/terminate", controls.TerminateAsync);
        Add(api, _post, "instances/{instanceId}/suspend", controls.SuspendAsync);
        Add(api, _post, "instances/{instanceId}/resume", controls.ResumeAsync);
        Add(api, _post, "instances/{instanceId}/rewind", controls.RewindAsync);

        var entities = new EntityEndpoints(client.Entities);
        Add(api, _get, "entities/{entityName?}", entities.ListAsync);
        Add(api, _get, "entities/{entityName}/{entityKey}", entities.GetAsync);
        Add(api, _post, "entities/{entityName}/{entityKey?}", entities.SignalAsync);
        Add(api, _delete, "entities/{entityName}/{entityKey?}", entities.DeleteAsync);
    }

    public static IResult Error(int status, string message) =>
        Results.Json(new Dictionary<string, string> { ["Message"] = message }, JsonSerializerOptions.Default, statusCode: status);

    // Not MapGet and the like: their metadata would make a wrong method 405, and the extension answers 404.
    private static void Add(RouteGroupBuilder api, string[] methods, string route, Delegate handler) =>
        api.Map(route, handler).WithMetadata(new FunctionMethods(methods));

    private static async ValueTask<object?> AnswerErrorsAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (JsonException invalid)
        {
            return Error(StatusCodes.Status400BadRequest, $"Invalid JSON content: {invalid.Message}");
        }
        catch (ArgumentException wrong)
        {
            return Error(StatusCodes.Status400BadRequest, wrong.Message);
        }
        catch (Exception conflict) when (conflict is OrchestrationAlreadyExistsException or InvalidOperationException)
        {
            return Error(StatusCodes.Status409Conflict, conflict.Message);
        }
    }
}
