// Carrying out one tool call: validation, time-out, the call itself.
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentFunctions.Tools;

/// <summary>Runs tool calls. Never throws for what a tool did; only OperationCanceledException on the caller's cancellation.</summary>
public interface IToolRunner
{
    /// <summary>The validation error to show the model, or null when <paramref name="arguments"/> fit the tool's schema.</summary>
    string? Validate(ToolDefinition tool, JsonElement arguments);

    /// <summary>Waits until the tool's limits let a call begin. Null when it may, else why not: the call is over then. To be asked once before each call.</summary>
    Task<ToolOutcome?> AdmitAsync(ToolDefinition tool, CancellationToken cancellationToken);

    /// <summary>Carries out a call that was admitted.</summary>
    Task<ToolOutcome> RunAsync(ToolDefinition tool, ToolInvocation invocation, CancellationToken cancellationToken);
}

/// <param name="RunId">The run that calls.</param>
/// <param name="CallId">Unique within the run.</param>
/// <param name="Arguments">A JSON object that was validated.</param>
/// <param name="IdempotencyKey">The same on every repetition of this call; sent as the header Idempotency-Key to HTTP tools.</param>
public sealed record ToolInvocation(string RunId, string CallId, JsonElement Arguments, string IdempotencyKey)
{
    public string? SessionId { get; init; }

    public string? UserId { get; init; }

    /// <summary>What hooks before the call gave it; null for nothing.</summary>
    public IReadOnlyDictionary<string, string>? Context { get; init; }

    /// <summary>The session's state as it was when the call began; null when it has none, and for tools that are not C# methods.</summary>
    public JsonObject? SessionState { get; init; }
}

/// <summary>What a tool call came to: a JSON result, or an error that the model is shown.</summary>
/// <param name="Result">Any JSON on success.</param>
/// <param name="ErrorCode">Null on success; else a word such as <c>timeout</c>, <c>http_500</c>, <c>invalid_arguments</c> or an exception's type name (low cardinality: it becomes error.type).</param>
/// <param name="ErrorMessage">For the model and the trace; no secrets.</param>
public sealed record ToolOutcome(JsonElement? Result, string? ErrorCode = null, string? ErrorMessage = null)
{
    public bool Succeeded => ErrorCode is null;
}
