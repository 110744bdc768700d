using System.Reflection;

namespace Microsoft.DurableTask.Entities;

/// <summary>The method that serves an entity operation, with how its arguments are bound and its result is awaited.</summary>
internal sealed class EntityMethod
{
    private const BindingFlags PublicIgnoringCase = BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase;

    private readonly object _target;
    private readonly MethodInfo _method;
    private readonly TaskEntityOperation _operation;

    private EntityMethod(object target, MethodInfo method, TaskEntityOperation operation) =>
        (_target, _method, _operation) = (target, method, operation);

    /// <summary>The target's method of the operation's name; null if it has none.</summary>
    /// <exception cref="AmbiguousMatchException">It has several.</exception>
    public static EntityMethod? Find(object target, TaskEntityOperation operation) =>
        target.GetType().GetMethod(operation.Name, PublicIgnoringCase) is { } method
            ? new EntityMethod(target, method, operation)
            : null;

    /// <summary>Runs the method, then stores the state as it is after it.</summary>
    public ValueTask<object?> InvokeAsync(Func<object?> stateAfter)
    {
        var result = _method.Invoke(_target, BindingFlags.DoNotWrapExceptions, binder: null, BindArguments(), culture: null);
        return CompleteAsync(result, stateAfter);
    }

    private object?[] BindArguments()
    {
        var parameters = _method.GetParameters();
        ThrowIfSeveral(parameters.Where(IsContext), "context");
        ThrowIfSeveral(parameters.Where(parameter => !IsContext(parameter)), "input");
        return [.. parameters.Select(parameter => IsContext(parameter) ? _operation.Context : BindInput(parameter))];
    }

    private static bool IsContext(ParameterInfo parameter) => parameter.ParameterType == typeof(TaskEntityContext);

    private object? BindInput(ParameterInfo parameter)
    {
        if (_operation.HasInput)
            return _operation.GetInput(parameter.ParameterType);
        return parameter.HasDefaultValue
            ? parameter.DefaultValue
            : throw new InvalidOperationException(
                $"{Describe()} needs an input for its parameter '{parameter}', but the caller gave none. Give one, or give the parameter a default value.");
    }

    private void ThrowIfSeveral(IEnumerable<ParameterInfo> parameters, string concept)
    {
        if (parameters.Skip(1).FirstOrDefault() is { } second)
            throw new InvalidOperationException($"{Describe()} can bind the {concept} to one parameter only. Remove '{second}'.");
    }

    private string Describe() => $"The entity operation '{_operation}', served by '{_method}' of {_target.GetType()},";

    private async ValueTask<object?> CompleteAsync(object? result, Func<object?> stateAfter)
    {
        var task = AsTask(result);
        if (task is not null)
            await task;
        _operation.State.SetState(stateAfter());
        return task is null ? result : ResultOf(task);
    }

    // What awaits is decided by the declared type, so that an object that happens to be a task stays a result.
    private Task? AsTask(object? result)
    {
        var declared = _method.ReturnType;
        if (typeof(Task).IsAssignableFrom(declared))
            return (Task?)result;
        if (declared == typeof(ValueTask))
            return ((ValueTask)result!).AsTask();
        return declared.IsGenericType && declared.GetGenericTypeDefinition() == typeof(ValueTask<>)
            ? (Task?)declared.GetMethod(nameof(ValueTask.AsTask))!.Invoke(result, null)
            : null;
    }

    private object? ResultOf(Task task)
    {
        var declared = _method.ReturnType;
        return declared.IsGenericType ? typeof(Task<>).MakeGenericType(declared.GetGenericArguments()[0]).GetProperty("Result")!.GetValue(task) : null;
    }
}
