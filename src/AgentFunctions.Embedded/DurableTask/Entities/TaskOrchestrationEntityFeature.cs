using System.Diagnostics.CodeAnalysis;

namespace Microsoft.DurableTask.Entities;

/// <summary>What an orchestrator may do with entities.</summary>
public abstract class TaskOrchestrationEntityFeature
{
    /// <summary>Runs an operation and gives its result.</summary>
    /// <exception cref="EntityOperationFailedException">The operation threw.</exception>
    public abstract Task<TResult> CallEntityAsync<TResult>(
        EntityInstanceId id, string operationName, object? input = null, CallEntityOptions? options = null);

    public virtual Task<TResult> CallEntityAsync<TResult>(EntityInstanceId id, string operationName, CallEntityOptions? options) =>
        CallEntityAsync<TResult>(id, operationName, null, options);

    /// <inheritdoc cref="CallEntityAsync{TResult}(EntityInstanceId, string, object?, CallEntityOptions?)"/>
    public abstract Task CallEntityAsync(
        EntityInstanceId id, string operationName, object? input = null, CallEntityOptions? options = null);

    public virtual Task CallEntityAsync(EntityInstanceId id, string operationName, CallEntityOptions? options) =>
        CallEntityAsync(id, operationName, null, options);

    /// <summary>Sends an operation, without waiting for it.</summary>
    public abstract Task SignalEntityAsync(
        EntityInstanceId id, string operationName, object? input = null, SignalEntityOptions? options = null);

    public virtual Task SignalEntityAsync(EntityInstanceId id, string operationName, SignalEntityOptions? options) =>
        SignalEntityAsync(id, operationName, null, options);

    /// <summary>Locks entities, so that only this orchestration reaches them until the result is disposed.</summary>
    /// <exception cref="InvalidOperationException">The orchestration is in a critical section already.</exception>
    public abstract Task<IAsyncDisposable> LockEntitiesAsync(IEnumerable<EntityInstanceId> entityIds);

    public virtual Task<IAsyncDisposable> LockEntitiesAsync(params EntityInstanceId[] entityIds) =>
        LockEntitiesAsync((IEnumerable<EntityInstanceId>)entityIds);

    /// <summary>Whether locks are held, and which of the locked entities may be called now.</summary>
    public abstract bool InCriticalSection([NotNullWhen(true)] out IReadOnlyList<EntityInstanceId>? entityIds);

    public virtual bool InCriticalSection() => InCriticalSection(out _);
}
