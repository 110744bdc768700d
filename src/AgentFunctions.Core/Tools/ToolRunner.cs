// Runs a tool call, whatever kind of tool it is, within its time.
using System.Text.Json;
using AgentFunctions.Sessions;
using AgentFunctions.Tools.Limits;
using AgentFunctions.Tools.Mcp;
using AgentFunctions.Tools.Retrieval;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Tools;

internal sealed partial class ToolRunner(
    MethodTools methods, HttpToolClient http, McpServers mcp, DocumentSearch documents, ToolLimits limits, IServiceScopeFactory scopes,
    TimeProvider time, ILogger<ToolRunner> logger) : IToolRunner
{
    private const int MaxErrorCharacters = 2000;

    private readonly ArgumentValidator _validator = new();

    public string? Validate(ToolDefinition tool, JsonElement arguments) => _validator.Validate(tool, arguments);

    public Task<ToolOutcome?> AdmitAsync(ToolDefinition tool, CancellationToken cancellationToken) => limits.AdmitAsync(tool, cancellationToken);

    public async Task<ToolOutcome> RunAsync(ToolDefinition tool, ToolInvocation invocation, CancellationToken cancellationToken)
    {
        var outcome = await WithinTimeAsync(tool, invocation, cancellationToken);
        limits.Report(tool, outcome);
        return outcome;
    }

    private async Task<ToolOutcome> WithinTimeAsync(ToolDefinition tool, ToolInvocation invocation, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(tool.TimeoutSeconds), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            // A method that blocks or ignores its token must not hold the run beyond the time-out.
            return await Task.Run(() => InvokeAsync(tool, invocation, either.Token), either.Token).WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return new ToolOutcome(null, "timeout", TimeoutMessage(tool));
        }
        catch (Exception e)
        {
            LogFailure(logger, e, tool.Name, invocation.RunId, invocation.CallId);
            var message = e.Message.Length > MaxErrorCharacters ? e.Message[..MaxErrorCharacters] + "…" : e.Message;
            return new ToolOutcome(null, e.GetType().Name, message);
        }
    }

    private Task<ToolOutcome> InvokeAsync(ToolDefinition tool, ToolInvocation invocation, CancellationToken cancellationToken) => tool switch
    {
        { Http: not null } => http.SendAsync(tool, invocation, cancellationToken),
        { Mcp: not null } => mcp.CallAsync(tool, invocation, cancellationToken),
        { Retrieval: not null } => documents.SearchAsync(tool, invocation, cancellationToken),
        _ => InvokeMethodAsync(tool, invocation, cancellationToken),
    };

    private async Task<ToolOutcome> InvokeMethodAsync(ToolDefinition tool, ToolInvocation invocation, CancellationToken cancellationToken)
    {
        if (!methods.TryGet(tool.Name, out var method))
            return new ToolOutcome(null, "unknown_tool", $"The tool '{tool.Name}' is not registered in this version of the app.");

        await using var scope = scopes.CreateAsyncScope();
        if (method.TakesInvocation)
            invocation = await WithStateAsync(invocation, scope.ServiceProvider, cancellationToken);
        return new ToolOutcome(await method.InvokeAsync(invocation, scope.ServiceProvider, cancellationToken));
    }

    private static async Task<ToolInvocation> WithStateAsync(ToolInvocation invocation, IServiceProvider services, CancellationToken cancellationToken) =>
        invocation.SessionId is { } id && services.GetService<ISessionStore>() is { } sessions
            ? invocation with { SessionState = (await sessions.GetAsync(id, cancellationToken))?.State }
            : invocation;

    private static string TimeoutMessage(ToolDefinition tool) => tool.Effect == ToolEffect.Pure
        ? $"The tool did not finish within {tool.TimeoutSeconds} s."
        : $"The tool did not finish within {tool.TimeoutSeconds} s; whether it took effect is not known.";

    [LoggerMessage(1331, LogLevel.Warning, "Tool {Tool} failed in run {RunId}, call {CallId}")]
    private static partial void LogFailure(ILogger logger, Exception exception, string tool, string runId, string callId);
}
