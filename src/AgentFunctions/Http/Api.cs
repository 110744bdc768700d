// Turns what an endpoint does into an answer: JSON on success, the one error shape on failure.
using System.Globalization;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Health;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Http;

/// <summary>Shared by all endpoints.</summary>
public sealed partial class Api(RequestDrain requests, ILogger<Api> logger)
{
    /// <summary>Runs <paramref name="handle"/>; an <see cref="ApiException"/> becomes its error body, anything unforeseen a 500 without details.</summary>
    public async Task<IResult> AnswerAsync(HttpRequest request, Func<CancellationToken, Task<IResult>> handle)
    {
        var aborted = request.HttpContext.RequestAborted;
        using var inFlight = requests.Begin();
        try
        {
            return await handle(aborted);
        }
        catch (ApiException e)
        {
            if (e.RetryAfter is { } wait)
                request.HttpContext.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return Error(e.Status, e.Code, e.Message, e.Details);
        }
        catch (OperationCanceledException) when (aborted.IsCancellationRequested)
        {
            return Error(499, "client_closed_request", "The client went away.");
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            LogFailure(e, request.Method, request.Path);
            return Error(500, "internal_error", "The server failed; the log has the details.");
        }
    }

    public static IResult Json(JsonNode body, int status = StatusCodes.Status200OK) => new JsonBody(body, status);

    public static IResult List(IEnumerable<JsonNode> items, string? nextCursor = null) =>
        Json(new JsonObject { ["data"] = new JsonArray([.. items]), ["next_cursor"] = nextCursor });

    private static JsonBody Error(int status, string code, string message, JsonObject? details = null) =>
        new(new JsonObject { ["error"] = new JsonObject { ["code"] = code, ["message"] = message, ["details"] = details?.DeepClone() ?? new JsonObject() } }, status);

    [LoggerMessage(EventId = 1001, Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private partial void LogFailure(Exception exception, string method, string path);

    private sealed class JsonBody(JsonNode body, int status) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            httpContext.Response.ContentType = "application/json; charset=utf-8";
            return httpContext.Response.WriteAsync(body.ToJsonString(AgentJson.Options), httpContext.RequestAborted);
        }
    }
}
