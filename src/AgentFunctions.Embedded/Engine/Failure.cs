namespace AgentFunctions.Embedded.Engine;

/// <summary>Why something failed, in a form that survives restarts.</summary>
/// <param name="Type">Full name of the exception's type.</param>
/// <param name="NonRetriable">True when trying again cannot help, such as an unknown function name.</param>
internal sealed record Failure(string Type, string Message, string? StackTrace = null, Failure? Inner = null, bool NonRetriable = false)
{
    public static Failure From(Exception exception) =>
        exception is FailureException carried
            ? carried.Failure
            : new Failure(
                exception.GetType().ToString(),
                exception.Message,
                exception.StackTrace,
                exception.InnerException is { } inner ? From(inner) : null);
}

/// <summary>Carries a recorded failure through code: from the engine into an orchestrator, or from a function to the engine.</summary>
internal sealed class FailureException(Failure failure, int taskId = -1) : Exception(failure.Message)
{
    public Failure Failure { get; } = failure;

    /// <summary>The sequence number of the call that failed, or -1.</summary>
    public int TaskId { get; } = taskId;
}
