namespace Microsoft.DurableTask.Entities;

/// <summary>A durable entity: state with operations that run one at a time.</summary>
public interface ITaskEntity
{
    /// <summary>Runs one operation and gives its result.</summary>
    ValueTask<object?> RunAsync(TaskEntityOperation operation);
}

/// <summary>
/// An entity whose operations are its public methods, found by name without case.
/// A method may take the operation's input and a <see cref="TaskEntityContext"/>, in any order.
/// </summary>
public abstract class TaskEntity<TState> : ITaskEntity
{
    /// <summary>Whether an operation that is no method of the entity may be a method of its state.</summary>
    protected virtual bool AllowStateDispatch => false;

    /// <summary>The entity's state; what it is when the operation ends is stored.</summary>
    protected TState State { get; set; } = default!;

    protected TaskEntityContext Context { get; private set; } = null!;

    /// <exception cref="NotSupportedException">Neither the entity nor its state has the operation.</exception>
    /// <exception cref="InvalidOperationException">The method's parameters cannot be bound.</exception>
    public ValueTask<object?> RunAsync(TaskEntityOperation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        Context = operation.Context;
        State = operation.State.GetState(typeof(TState)) is { } state ? (TState)state : InitializeState(operation);
        if (EntityMethod.Find(this, operation) is { } own)
            return own.InvokeAsync(() => State);
        if (AllowStateDispatch && EntityMethod.Find(StateToDispatchTo(), operation) is { } ofState)
            return ofState.InvokeAsync(() => State);
        if (!operation.Name.Equals("delete", StringComparison.OrdinalIgnoreCase))
            throw new NotSupportedException($"No method serves the entity operation '{operation}': add a public one of that name to {GetType()}.");
        operation.State.SetState(null);
        return default;
    }

    /// <summary>The state of an entity that has none yet; by default of the parameterless constructor.</summary>
    protected virtual TState InitializeState(TaskEntityOperation entityOperation) =>
        // Of Nullable<T> the constructor would give null, so a T is made.
        Nullable.GetUnderlyingType(typeof(TState)) is { } underlying
            ? (TState)Activator.CreateInstance(underlying)!
            : Activator.CreateInstance<TState>();

    private object StateToDispatchTo() =>
        State ?? throw new InvalidOperationException($"{GetType()} cannot dispatch to its state because the state is null.");
}
