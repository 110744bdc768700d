using System.Diagnostics.CodeAnalysis;
using AgentFunctions.Embedded.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Embedded.DurableTask;

/// <summary>
/// Entities as an orchestrator sees them. Kinder than Azure: the locks of an orchestration that ends in any way, even
/// terminated, are released.
/// </summary>
internal sealed class EmbeddedOrchestrationEntities(OrchestratorContext engine, DataConverter converter) : TaskOrchestrationEntityFeature
{
    public override async Task<TResult> CallEntityAsync<TResult>(
        EntityInstanceId id, string operationName, object? input = null, CallEntityOptions? options = null) =>
        converter.Deserialize<TResult>(await CallAsync(id, operationName, input))!;

    public override Task CallEntityAsync(EntityInstanceId id, string operationName, object? input = null, CallEntityOptions? options = null) =>
        CallAsync(id, operationName, input);

    public override Task SignalEntityAsync(EntityInstanceId id, string operationName, object? input = null, SignalEntityOptions? options = null)
    {
        var signalTime = options?.SignalTime?.UtcDateTime is { } at && at > engine.Now ? at : (DateTime?)null; // a past one must not overtake
        engine.SignalEntity(id.ToEngineId(), operationName, converter.Serialize(input), signalTime);
        return Task.CompletedTask;
    }

    public override async Task<IAsyncDisposable> LockEntitiesAsync(IEnumerable<EntityInstanceId> entityIds)
    {
        var ids = entityIds.Select(id => id.ToEngineId()).ToList();
        if (ids.Count == 0)
        {
            throw new ArgumentException("Name at least one entity to lock.", nameof(entityIds));
        }
        await engine.LockEntitiesAsync(ids);
        return new Releaser(engine);
    }

    public override bool InCriticalSection([NotNullWhen(true)] out IReadOnlyList<EntityInstanceId>? entityIds)
    {
        var inside = engine.InCriticalSection(out var available);
        entityIds = [.. available.Select(EntityInstanceId.FromString)];
        return inside;
    }

    private async Task<string?> CallAsync(EntityInstanceId id, string operation, object? input)
    {
        try
        {
            return await engine.CallEntityAsync(id.ToEngineId(), operation, converter.Serialize(input));
        }
        catch (FailureException e)
        {
            throw new EntityOperationFailedException(id, operation, e.Failure.ToDetails());
        }
    }

    private sealed class Releaser(OrchestratorContext engine) : IAsyncDisposable
    {
        private bool _released;

        public ValueTask DisposeAsync()
        {
            if (!_released)
            {
                _released = true;
                engine.ReleaseLocks();
            }
            return ValueTask.CompletedTask;
        }
    }
}
