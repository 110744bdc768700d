using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Embedded.Worker;

/// <summary>Maps each HTTP function to an endpoint, and invokes it for each request.</summary>
internal sealed partial class HttpFunctionEndpoints(
    FunctionInvoker invoker,
    ParameterPolicyFactory constraints,
    IHostApplicationLifetime lifetime,
    ILogger<HttpFunctionEndpoints> logger)
{
    private readonly Dictionary<string, List<(Function Function, HttpTriggerBinding Trigger)>> _byRoute = new(StringComparer.OrdinalIgnoreCase);

    /// <exception cref="InvalidOperationException">A route is not valid or is taken; the message names the function.</exception>
    public void Map(IEndpointRouteBuilder endpoints, FunctionCatalog catalog, string routePrefix) =>
        catalog.ForEach<HttpTriggerBinding>((function, trigger) =>
        {
            var pattern = trigger.Pattern(routePrefix, function.Name);
            CheckConstraints(pattern);
            CheckNotTaken(pattern, function, trigger);
            endpoints.Map(pattern, http => HandleAsync(http, function))
                .WithDisplayName(function.Name)
                .WithMetadata(new FunctionMethods(trigger.Methods));
        });

    private void CheckConstraints(RoutePattern pattern)
    {
        try
        {
            foreach (var parameter in pattern.Parameters)
            {
                foreach (var policy in parameter.ParameterPolicies)
                    constraints.Create(parameter, policy);
            }
        }
        catch (Exception invalid) when (invalid is InvalidOperationException or RouteCreationException)
        {
            throw new FunctionDefinitionException($"its route '{pattern.RawText}' has a constraint that does not exist: {invalid.Message}");
        }
    }

    private void CheckNotTaken(RoutePattern pattern, Function function, HttpTriggerBinding trigger)
    {
        var others = _byRoute.TryGetValue(pattern.RawText!, out var found) ? found : _byRoute[pattern.RawText!] = [];
        if (others.Find(other => FunctionMethods.Overlap(other.Trigger.Methods, trigger.Methods)) is { Function: { } taken })
            throw new FunctionDefinitionException(
                $"{taken.Name} answers the same route '{pattern.RawText}' and method; give one another route or method");
        others.Add((function, trigger));
    }

    private async Task HandleAsync(HttpContext http, Function function)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await invoker.InvokeAsync(function, TriggerOf(http), http.RequestServices, cancellation.Token);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            LogClientGone(logger, function.Name);
        }
        catch (Exception exception)
        {
            LogFailed(logger, function.Name, exception);
            Fail(http);
        }
    }

    private static TriggerData TriggerOf(HttpContext http) => new(http)
    {
        BindingData = http.Request.RouteValues,
        TraceParent = Activity.Current?.Id ?? http.Request.Headers.TraceParent.ToString(),
        TraceState = Activity.Current?.TraceStateString ?? http.Request.Headers.TraceState.ToString(),
    };

    // What has been sent cannot be taken back: the client must see that the response is not complete.
    private static void Fail(HttpContext http)
    {
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }

        http.Response.Clear();
        http.Response.StatusCode = StatusCodes.Status500InternalServerError;
    }

    [LoggerMessage(4102, LogLevel.Error, "Function '{Function}' failed.")]
    private static partial void LogFailed(ILogger logger, string function, Exception exception);

    [LoggerMessage(4103, LogLevel.Debug, "The client of function '{Function}' has gone away.")]
    private static partial void LogClientGone(ILogger logger, string function);
}
