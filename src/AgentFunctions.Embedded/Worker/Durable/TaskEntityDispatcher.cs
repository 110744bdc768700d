using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Runs the operation that an entity function was started for.</summary>
/// <remarks>Embedded: a function is invoked once per operation; in Azure once per batch of them.</remarks>
public sealed class TaskEntityDispatcher
{
    private readonly TaskEntityOperation _operation;
    private readonly IServiceProvider _services;

    internal TaskEntityDispatcher(TaskEntityOperation operation, IServiceProvider services) =>
        (_operation, _services) = (operation, services);

    /// <summary>What the operation gave.</summary>
    internal object? Result { get; private set; }

    public async Task DispatchAsync(ITaskEntity entity)
    {
        ArgumentNullException.ThrowIfNull(entity);
        Result = await entity.RunAsync(_operation);
    }

    /// <summary>
    /// Runs it on an entity of type <typeparamref name="T"/>, made with the invocation's services;
    /// if that is no <see cref="ITaskEntity"/>, it is the state, and the operations are its methods.
    /// </summary>
    public Task DispatchAsync<T>() =>
        typeof(ITaskEntity).IsAssignableFrom(typeof(T))
            ? DispatchAsync((ITaskEntity)ActivatorUtilities.GetServiceOrCreateInstance<T>(_services)!)
            : DispatchAsync(new StateEntity<T>());

    public Task DispatchAsync(Func<TaskEntityOperation, ValueTask<object?>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return DispatchAsync(new DelegateEntity(handler));
    }

    private sealed class StateEntity<T> : TaskEntity<T>
    {
        protected override bool AllowStateDispatch => true;
    }

    private sealed class DelegateEntity(Func<TaskEntityOperation, ValueTask<object?>> handler) : ITaskEntity
    {
        public ValueTask<object?> RunAsync(TaskEntityOperation operation) => handler(operation);
    }
}
