namespace Microsoft.DurableTask;

/// <summary>What an orchestrator sees when an activity or a sub-orchestration that it called has failed.</summary>
/// <remarks>The obsolete <c>IsCausedByException</c> is left out: use <see cref="TaskFailureDetails.IsCausedBy{T}"/>.</remarks>
public sealed class TaskFailedException : Exception
{
    public TaskFailedException(string taskName, int taskId, Exception innerException)
        : base(Describe(taskName, taskId, innerException?.Message), innerException)
    {
        ArgumentNullException.ThrowIfNull(innerException);
        (TaskName, TaskId) = (taskName, taskId);
        FailureDetails = TaskFailureDetails.FromException(innerException);
    }

    public TaskFailedException(string taskName, int taskId, TaskFailureDetails failureDetails)
        : base(Describe(taskName, taskId, failureDetails?.ErrorMessage)) =>
        (TaskName, TaskId, FailureDetails) = (taskName, taskId, failureDetails!);

    public string TaskName { get; }

    /// <summary>The task's sequence number in its orchestration.</summary>
    public int TaskId { get; }

    public TaskFailureDetails FailureDetails { get; }

    // Apps match on this text: it is the real one's.
    private static string Describe(string taskName, int taskId, string? cause) =>
        $"Task '{taskName}' (#{taskId}) failed with an unhandled exception{(cause is null ? "." : $": {cause}")}";
}
