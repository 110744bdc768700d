using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Embedded.Worker;

/// <summary>Gives the argument of one parameter for one invocation.</summary>
internal delegate ValueTask<object?> ArgumentSource(EmbeddedFunctionContext context);

/// <summary>How a function of one kind gets its arguments. There is one subclass for each kind of trigger.</summary>
internal abstract class TriggerBinding
{
    /// <summary>The binding's name in metadata, for example <c>httpTrigger</c>.</summary>
    public abstract string Type { get; }

    /// <summary>Whether its code is run again over its history, so that what it may take is limited.</summary>
    public virtual bool IsReplayed => false;

    /// <summary>The binding of a trigger attribute.</summary>
    /// <exception cref="FunctionDefinitionException">The attribute's values are not valid.</exception>
    public static TriggerBinding Of(TriggerBindingAttribute attribute) => attribute switch
    {
        HttpTriggerAttribute http => new HttpTriggerBinding(http),
        OrchestrationTriggerAttribute orchestration => new OrchestrationTriggerBinding(orchestration),
        ActivityTriggerAttribute activity => new ActivityTriggerBinding(activity),
        EntityTriggerAttribute entity => new EntityTriggerBinding(entity),
        TimerTriggerAttribute timer => new TimerTriggerBinding(timer),
        _ => throw new FunctionDefinitionException(
            $"the trigger {attribute.GetType().Name} is not supported here; use an HTTP, timer, orchestration, activity or entity trigger"),
    };

    /// <summary>Where the trigger parameter's argument comes from.</summary>
    /// <exception cref="FunctionDefinitionException">The parameter's type is not one that this trigger gives.</exception>
    protected abstract ArgumentSource BindTrigger(ParameterInfo parameter);

    /// <summary>Where the argument of a parameter that no attribute binds comes from; null if this trigger has nothing for it.</summary>
    protected virtual ArgumentSource? BindOther(ParameterInfo parameter) => null;

    /// <exception cref="FunctionDefinitionException">Nothing can be bound to the parameter.</exception>
    public ArgumentSource Bind(ParameterInfo parameter)
    {
        if (parameter.GetCustomAttribute<TriggerBindingAttribute>() is not null)
            return BindTrigger(parameter);
        if (parameter.ParameterType == typeof(FunctionContext))
            return context => ValueTask.FromResult<object?>(context);
        if (parameter.ParameterType == typeof(CancellationToken))
            return context => ValueTask.FromResult<object?>(context.CancellationToken);
        if (parameter.GetCustomAttribute<DurableClientAttribute>() is not null)
            return BindDurableClient(parameter);
        return BindOther(parameter) ?? throw new FunctionDefinitionException(
            $"nothing can be bound to the parameter '{parameter.Name}' of type {parameter.ParameterType.Name}; " +
            "take services in the constructor, and the rest from FunctionContext");
    }

    /// <summary>The argument, or, if there is no value, what the parameter's declaration allows instead.</summary>
    /// <exception cref="InvalidOperationException">There is no value and the parameter needs one.</exception>
    protected static object? OrDefault(object? value, ParameterInfo parameter)
    {
        if (value is not null)
            return value;
        if (parameter.HasDefaultValue)
            return parameter.DefaultValue;
        return !parameter.ParameterType.IsValueType || Nullable.GetUnderlyingType(parameter.ParameterType) is not null
            ? null
            : throw new InvalidOperationException(
                $"There is no value for the parameter '{parameter.Name}': make it nullable or give it a default value.");
    }

    /// <summary>Does what is left when the function has returned, inside its span: for example writes the HTTP response.</summary>
    public virtual Task CompleteAsync(EmbeddedFunctionContext context) => Task.CompletedTask;

    protected static FunctionDefinitionException WrongTriggerType(ParameterInfo parameter, string expected) =>
        new($"the trigger's parameter '{parameter.Name}' is of type {parameter.ParameterType.Name}; make it {expected}");

    private ArgumentSource BindDurableClient(ParameterInfo parameter)
    {
        if (IsReplayed)
            throw new FunctionDefinitionException("an orchestrator cannot use a durable client; call an activity that does");
        if (parameter.ParameterType != typeof(DurableTaskClient))
            throw new FunctionDefinitionException($"the durable client parameter '{parameter.Name}' must be a {nameof(DurableTaskClient)}");
        return context => ValueTask.FromResult<object?>(context.InstanceServices.GetRequiredService<DurableTaskClient>());
    }
}

/// <summary>Says what is wrong with a function, and what to do; the function's name is added where it is caught.</summary>
#pragma warning disable CA1032 // Internal; made with a message only.
internal sealed class FunctionDefinitionException(string message) : Exception(message);
#pragma warning restore CA1032
