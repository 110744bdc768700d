namespace Microsoft.DurableTask.Entities;

/// <summary>One operation on an entity.</summary>
public abstract class TaskEntityOperation
{
    public abstract string Name { get; }

    public abstract TaskEntityContext Context { get; }

    public abstract TaskEntityState State { get; }

    public abstract bool HasInput { get; }

    public virtual T? GetInput<T>() => (T?)GetInput(typeof(T));

    public abstract object? GetInput(Type inputType);

    public override string ToString() => $"{Context.Id.Name}/{Name}";
}

/// <summary>The state of an entity; an operation that fails leaves it as it was.</summary>
public abstract class TaskEntityState
{
    public abstract bool HasState { get; }

    public virtual T? GetState<T>(T? defaultValue = default) => GetState(typeof(T)) is T state ? state : defaultValue;

    public abstract object? GetState(Type type);

    /// <summary>Sets the state; null deletes the entity.</summary>
    public abstract void SetState(object? state);
}
