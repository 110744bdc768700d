using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Embedded.Worker;

/// <summary>Binds an entity: its dispatcher, whose result is the operation's.</summary>
internal sealed class EntityTriggerBinding(EntityTriggerAttribute attribute) : TriggerBinding
{
    public override string Type => "entityTrigger";

    /// <summary>The entity's name, if it is not the function's.</summary>
    public string? Name => attribute.EntityName;

    public override Task CompleteAsync(EmbeddedFunctionContext context)
    {
        context.Result = context.Features.Get<TaskEntityDispatcher>()?.Result;
        return Task.CompletedTask;
    }

    protected override ArgumentSource BindTrigger(ParameterInfo parameter)
    {
        if (parameter.ParameterType != typeof(TaskEntityDispatcher))
            throw WrongTriggerType(parameter, nameof(TaskEntityDispatcher));
        return context =>
        {
            var dispatcher = new TaskEntityDispatcher((TaskEntityOperation)context.Trigger.Value, context.InstanceServices);
            context.Features.Set(dispatcher);
            return ValueTask.FromResult<object?>(dispatcher);
        };
    }
}
