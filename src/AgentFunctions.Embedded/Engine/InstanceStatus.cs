namespace AgentFunctions.Embedded.Engine;

/// <summary>Where an instance stands; the numbers are those of the Durable Task API and are stored.</summary>
internal enum InstanceStatus
{
    Running = 0,
    Completed = 1,
    ContinuedAsNew = 2,
    Failed = 3,
    Terminated = 5,
    Pending = 6,
    Suspended = 7,
}

internal static class InstanceStatuses
{
    /// <summary>SQL for the statuses of an instance that has not ended; <see cref="HasEnded"/> in SQL.</summary>
    public const string Active = "(0, 6, 7)";

    public static bool HasEnded(this InstanceStatus status) =>
        status is InstanceStatus.Completed or InstanceStatus.Failed or InstanceStatus.Terminated;
}
