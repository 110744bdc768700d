using System.Reflection;
using AgentFunctions.Embedded.DurableTask;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Embedded.Worker;

/// <summary>Binds an activity: its input, and the id of the orchestration that called it as <c>string instanceId</c>.</summary>
internal sealed class ActivityTriggerBinding(ActivityTriggerAttribute attribute) : TriggerBinding
{
    public override string Type => "activityTrigger";

    /// <summary>The activity's name, if it is not the function's.</summary>
    public string? Name => attribute.Activity;

    protected override ArgumentSource BindTrigger(ParameterInfo parameter)
    {
        // An activity without an input may put the attribute on the context.
        if (parameter.ParameterType == typeof(FunctionContext))
            return context => ValueTask.FromResult<object?>(context);
        return context => ValueTask.FromResult(OrDefault(InputOf(context, parameter.ParameterType), parameter));
    }

    protected override ArgumentSource? BindOther(ParameterInfo parameter) =>
        parameter.ParameterType == typeof(string) && parameter.Name!.Equals("instanceId", StringComparison.OrdinalIgnoreCase)
            ? context => ValueTask.FromResult<object?>(((ActivityInvocation)context.Trigger.Value).InstanceId)
            : null;

    private static object? InputOf(EmbeddedFunctionContext context, Type type) =>
        context.InstanceServices.GetRequiredService<DataConverter>()
            .Deserialize(((ActivityInvocation)context.Trigger.Value).SerializedInput, type);
}
