using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>
/// Makes the function an orchestrator. The parameter is a <see cref="DurableTask.TaskOrchestrationContext"/>;
/// one other parameter may be the orchestration's input.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class OrchestrationTriggerAttribute : TriggerBindingAttribute
{
    /// <summary>The orchestrator's name, if it is not the function's.</summary>
    public string? Orchestration { get; set; }
}

/// <summary>Makes the function an activity. The parameter is the activity's input; a string <c>instanceId</c> may be beside it.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class ActivityTriggerAttribute : TriggerBindingAttribute
{
    /// <summary>The activity's name, if it is not the function's.</summary>
    public string? Activity { get; set; }
}

/// <summary>Makes the function an entity. The parameter is a <see cref="TaskEntityDispatcher"/>.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class EntityTriggerAttribute : TriggerBindingAttribute
{
    /// <summary>The entity's name, if it is not the function's.</summary>
    public string? EntityName { get; set; }
}

/// <summary>Binds a <see cref="DurableTask.Client.DurableTaskClient"/>.</summary>
/// <remarks>Embedded: there is one task hub, so its properties are ignored.</remarks>
public sealed class DurableClientAttribute : InputBindingAttribute
{
    public string? TaskHub { get; set; }

    public string? ConnectionName { get; set; }
}
