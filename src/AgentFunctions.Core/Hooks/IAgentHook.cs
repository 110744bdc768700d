// The hooks of a run's steps: six that observe, three that intercept.
namespace AgentFunctions.Hooks;

/// <summary>
/// Registered with AddAgentHook. Implement the methods you need; the others cost nothing. All are called within activities,
/// so they may do I/O; a crash before the step's result is stored calls them again. One instance serves all runs at once.
/// </summary>
/// <remarks>
/// Observers are called in the order of registration, and so are <see cref="OnBeforeToolExecuteAsync"/> and
/// <see cref="OnBeforeStepAsync"/>, each seeing what the one before made; <see cref="OnAfterToolExecuteAsync"/> is called in the
/// reverse order, so that the first registered is the outermost. An exception of an observer, of OnAfterToolExecute and of
/// OnBeforeStep is logged and passed over; one of OnBeforeToolExecute keeps the tool from running.
/// </remarks>
public interface IAgentHook
{
    /// <summary>Before each attempt to call the model.</summary>
    ValueTask OnRequestAsync(RequestInfo info, CancellationToken cancellationToken) => default;

    /// <summary>After each attempt to call the model, also a failed one.</summary>
    ValueTask OnResponseAsync(ResponseInfo info, CancellationToken cancellationToken) => default;

    /// <summary>Before a tool call, also one of an unknown tool.</summary>
    ValueTask OnToolCallStartAsync(ToolCallStartInfo info, CancellationToken cancellationToken) => default;

    /// <summary>After a tool call, also one that was skipped or failed.</summary>
    ValueTask OnToolCallAsync(ToolCallInfo info, CancellationToken cancellationToken) => default;

    /// <summary>When the model has answered; its tool calls come after.</summary>
    ValueTask OnStepFinishAsync(StepFinishInfo info, CancellationToken cancellationToken) => default;

    /// <summary>Once, when the run has ended, however it ended.</summary>
    ValueTask OnFinishAsync(FinishInfo info, CancellationToken cancellationToken) => default;

    /// <summary>Before a known tool runs: may skip it, or change what it gets. Null lets it run as it is.</summary>
    ValueTask<BeforeToolResult?> OnBeforeToolExecuteAsync(BeforeToolInfo info, CancellationToken cancellationToken) => default;

    /// <summary>After a tool has run, well or not: may change what the model is told. Null keeps it. Not called for a tool that did not run.</summary>
    ValueTask<AfterToolResult?> OnAfterToolExecuteAsync(AfterToolInfo info, CancellationToken cancellationToken) => default;

    /// <summary>Before the second and each later step, once per step: may add messages, or stop the run. Null goes on.</summary>
    ValueTask<BeforeStepResult?> OnBeforeStepAsync(BeforeStepInfo info, CancellationToken cancellationToken) => default;
}
