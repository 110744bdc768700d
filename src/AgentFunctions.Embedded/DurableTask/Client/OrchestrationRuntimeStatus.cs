namespace Microsoft.DurableTask.Client;

/// <summary>Where an orchestration stands.</summary>
public enum OrchestrationRuntimeStatus
{
    Running,
    Completed,

    [Obsolete("Exists for compatibility only: an orchestration that continues as new is Running.")]
    ContinuedAsNew,

    Failed,

    [Obsolete("Exists for compatibility only and is not used.")]
    Canceled,

    Terminated,

    /// <summary>Scheduled and not yet started.</summary>
    Pending,

    Suspended,
}
