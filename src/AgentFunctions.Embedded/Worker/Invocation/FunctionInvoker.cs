using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Embedded.Worker;

/// <summary>Invokes functions of every kind: middleware, the invocation's span, its log scope, and the function itself.</summary>
/// <remarks>
/// Spans are those of the real worker (source, name, tags), but for orchestrators, whose invocations are replays, there are none.
/// </remarks>
internal sealed class FunctionInvoker
{
    /// <summary>The name of the worker's activity source.</summary>
    public const string SourceName = "Microsoft.Azure.Functions.Worker";

    private static readonly ActivitySource _source = new(SourceName);

    private readonly IServiceScopeFactory _scopes;
    private readonly ILogger _logger;
    private readonly FunctionExecutionDelegate _pipeline;

    public FunctionInvoker(
        IServiceScopeFactory scopes,
        ILogger<FunctionInvoker> logger,
        IEnumerable<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> middleware)
    {
        (_scopes, _logger) = (scopes, logger);
        _pipeline = middleware.Reverse().Aggregate((FunctionExecutionDelegate)ExecuteAsync, (next, wrap) => wrap(next));
    }

    /// <summary>Invokes the function in a scope of its own and gives what it returned.</summary>
    public async Task<object?> InvokeAsync(Function function, TriggerData trigger, CancellationToken cancellation)
    {
        await using var scope = _scopes.CreateAsyncScope();
        return await InvokeAsync(function, trigger, scope.ServiceProvider, cancellation);
    }

    /// <summary>Invokes the function with the services of a scope that the caller owns.</summary>
    public async Task<object?> InvokeAsync(
        Function function, TriggerData trigger, IServiceProvider services, CancellationToken cancellation)
    {
        var id = new Guid(RandomNumberGenerator.GetBytes(16)).ToString();
        var context = new EmbeddedFunctionContext(function, id, services, trigger, cancellation);
        using var logScope = BeginInvocation(_logger, function.Name, id);
        using var activity = StartActivity(context);
        try
        {
            await _pipeline(context);
            await function.Trigger.CompleteAsync(context);
            return context.Result;
        }
        catch (Exception exception) when (Mark(activity, exception))
        {
            throw;
        }
    }

    private static Task ExecuteAsync(FunctionContext context)
    {
        var embedded = (EmbeddedFunctionContext)context;
        return embedded.Function.ExecuteAsync(embedded);
    }

    private static Activity? StartActivity(EmbeddedFunctionContext context)
    {
        if (context.Function.Trigger.IsReplayed)
            return null;
        ActivityContext.TryParse(context.TraceContext.TraceParent, context.TraceContext.TraceState, out var parent);
        return _source.StartActivity(
            "Invoke", ActivityKind.Server, parent, [new KeyValuePair<string, object?>("faas.execution", context.InvocationId)]);
    }

    private static bool Mark(Activity? activity, Exception exception)
    {
        activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
        return false;
    }

    private static readonly Func<ILogger, string, string, IDisposable?> BeginInvocation =
        LoggerMessage.DefineScope<string, string>("{AzureFunctions_FunctionName} {AzureFunctions_InvocationId}");
}
