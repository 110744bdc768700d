namespace Microsoft.Azure.Functions.Worker.Middleware;

/// <summary>The rest of an invocation, seen from middleware.</summary>
public delegate Task FunctionExecutionDelegate(FunctionContext context);

/// <summary>Runs around every invocation of every function. In an orchestrator it may not await anything of its own.</summary>
public interface IFunctionsWorkerMiddleware
{
    Task Invoke(FunctionContext context, FunctionExecutionDelegate next);
}
