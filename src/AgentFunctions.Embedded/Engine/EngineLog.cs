using Microsoft.Extensions.Logging;

namespace AgentFunctions.Embedded.Engine;

/// <summary>What the engine logs. Event ids are stable; inputs and results are never logged.</summary>
internal static partial class EngineLog
{
    [LoggerMessage(4001, LogLevel.Information, "Durable engine started; {Activities} activities are taken up again.")]
    public static partial void Started(ILogger logger, int activities);

    [LoggerMessage(4002, LogLevel.Information, "Orchestration {Name} ({InstanceId}) ended: {Status}. {Reason}")]
    public static partial void Ended(ILogger logger, string name, string instanceId, InstanceStatus status, string? reason);

    [LoggerMessage(4003, LogLevel.Warning, "Activity {Name} of {InstanceId} failed.")]
    public static partial void ActivityFailed(ILogger logger, string name, string instanceId, Exception error);

    [LoggerMessage(4004, LogLevel.Warning, "Operation {Operation} of entity {EntityId} failed.")]
    public static partial void EntityOperationFailed(ILogger logger, string entityId, string operation, Exception error);

    [LoggerMessage(4005, LogLevel.Error, "Storage failed for {What}; it is tried again.")]
    public static partial void StorageFailed(ILogger logger, string what, Exception error);

    [LoggerMessage(4006, LogLevel.Warning,
        "Orchestration {InstanceId} ran from memory and ended, but its code cannot be replayed, which a restart, and Azure, would have done. {Problem}")]
    public static partial void CannotBeReplayed(ILogger logger, string instanceId, string problem);

    [LoggerMessage(4007, LogLevel.Warning,
        "The code of {InstanceId} has kept its worker for {Seconds} s. An orchestrator awaits what its context gives, and leaves loops, waits and I/O to activities; an entity's operation is short.")]
    public static partial void LongEpisode(ILogger logger, string instanceId, int seconds);

    [LoggerMessage(4008, LogLevel.Error, "The stop could not store what activities of {InstanceId} gave; they are delivered again at the next start.")]
    public static partial void OutcomesLost(ILogger logger, string instanceId, Exception error);
}
