namespace Microsoft.DurableTask.Entities;

/// <summary>What an orchestrator sees when an entity operation that it called has failed.</summary>
public sealed class EntityOperationFailedException : Exception
{
    public EntityOperationFailedException(EntityInstanceId entityId, string operationName, TaskFailureDetails failureDetails)
        : base($"Operation '{operationName}' of entity '{entityId}' failed: {failureDetails?.ErrorMessage}")
    {
        ArgumentNullException.ThrowIfNull(failureDetails);
        (EntityId, OperationName, FailureDetails) = (entityId, operationName, failureDetails);
    }

    public EntityInstanceId EntityId { get; }

    public string OperationName { get; }

    public TaskFailureDetails FailureDetails { get; }
}
