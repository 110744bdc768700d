namespace Microsoft.DurableTask;

/// <summary>What an activity knows of the call it serves.</summary>
public abstract class TaskActivityContext
{
    public abstract TaskName Name { get; }

    /// <summary>The id of the orchestration that called the activity.</summary>
    public abstract string InstanceId { get; }

    public virtual string Version => string.Empty;
}
