namespace Microsoft.DurableTask.Entities;

/// <summary>What an entity may do besides its state. Signals and starts take effect only if the operation succeeds.</summary>
public abstract class TaskEntityContext
{
    public abstract EntityInstanceId Id { get; }

    public virtual void SignalEntity(EntityInstanceId id, string operationName, SignalEntityOptions options) =>
        SignalEntity(id, operationName, null, options);

    public abstract void SignalEntity(
        EntityInstanceId id, string operationName, object? input = null, SignalEntityOptions? options = null);

    public virtual string ScheduleNewOrchestration(TaskName name, StartOrchestrationOptions options) =>
        ScheduleNewOrchestration(name, null, options);

    /// <summary>Starts an orchestration and gives its instance id.</summary>
    public abstract string ScheduleNewOrchestration(
        TaskName name, object? input = null, StartOrchestrationOptions? options = null);
}
