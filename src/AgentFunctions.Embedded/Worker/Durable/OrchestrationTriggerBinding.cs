using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace AgentFunctions.Embedded.Worker;

/// <summary>Binds an orchestrator: its context, and the orchestration's input as one other parameter.</summary>
internal sealed class OrchestrationTriggerBinding(OrchestrationTriggerAttribute attribute) : TriggerBinding
{
    private static readonly MethodInfo _getInput = typeof(TaskOrchestrationContext).GetMethod(nameof(TaskOrchestrationContext.GetInput))!;

    private ParameterInfo? _input;

    public override string Type => "orchestrationTrigger";

    public override bool IsReplayed => true;

    /// <summary>The orchestrator's name, if it is not the function's.</summary>
    public string? Name => attribute.Orchestration;

    protected override ArgumentSource BindTrigger(ParameterInfo parameter) =>
        parameter.ParameterType == typeof(TaskOrchestrationContext)
            ? context => ValueTask.FromResult<object?>(context.Trigger.Value)
            : throw WrongTriggerType(parameter, nameof(TaskOrchestrationContext));

    protected override ArgumentSource? BindOther(ParameterInfo parameter)
    {
        if (_input is not null)
            throw new FunctionDefinitionException(
                $"an orchestration has one input, but '{_input.Name}' and '{parameter.Name}' both are to be bound to it; make it one type");
        _input = parameter;
        var getInput = _getInput.MakeGenericMethod(parameter.ParameterType);
        return context => ValueTask.FromResult(OrDefault(
            getInput.Invoke(context.Trigger.Value, BindingFlags.DoNotWrapExceptions, binder: null, [], culture: null), parameter));
    }
}
