using AgentFunctions.Embedded.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Embedded.DurableTask;

/// <summary>The entities of the embedded engine, for clients. A signal that returned is durable.</summary>
internal sealed class EmbeddedDurableEntityClient(EntityClient engine, DataConverter converter) : DurableEntityClient("embedded")
{
    public override Task SignalEntityAsync(
        EntityInstanceId id, string operationName, object? input = null, SignalEntityOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(operationName);
        return engine.SignalAsync(id.ToEngineId(), operationName, converter.Serialize(input), options?.SignalTime?.UtcDateTime, cancellation);
    }

    public override async Task<EntityMetadata?> GetEntityAsync(EntityInstanceId id, bool includeState = true, CancellationToken cancellation = default) =>
        await engine.FindAsync(id.ToEngineId(), cancellation) is { State: not null } entity ? Describe(entity, includeState) : null;

    public override async Task<EntityMetadata<T>?> GetEntityAsync<T>(EntityInstanceId id, bool includeState = true, CancellationToken cancellation = default) =>
        await engine.FindAsync(id.ToEngineId(), cancellation) is { State: not null } entity ? Describe<T>(entity, includeState) : null;

    public override AsyncPageable<EntityMetadata> GetAllEntitiesAsync(EntityQuery? filter = null) => Query(filter, Describe);

    public override AsyncPageable<EntityMetadata<T>> GetAllEntitiesAsync<T>(EntityQuery? filter = null) => Query(filter, Describe<T>);

    public override async Task<CleanEntityStorageResult> CleanEntityStorageAsync(
        CleanEntityStorageRequest? request = null, bool continueUntilComplete = true, CancellationToken cancellation = default)
    {
        var wanted = request ?? CleanEntityStorageRequest.Default;
        return new CleanEntityStorageResult
        {
            OrphanedLocksReleased = wanted.ReleaseOrphanedLocks ? await engine.ReleaseOrphanedLocksAsync(cancellation) : 0,
            EmptyEntitiesRemoved = wanted.RemoveEmptyEntities ? await engine.RemoveEmptyAsync(cancellation) : 0,
        };
    }

    private AsyncPageable<T> Query<T>(EntityQuery? filter, Func<EntityRow, bool, T> describe)
        where T : notnull
    {
        filter ??= new EntityQuery();
        var meant = new EntityFilter(
            filter.InstanceIdStartsWith, filter.LastModifiedFrom?.UtcDateTime, filter.LastModifiedTo?.UtcDateTime, filter.IncludeTransient);
        return Pageable.Create<T>(async (token, sizeHint, cancellation) =>
        {
            var size = Math.Max(1, sizeHint ?? filter.PageSize ?? EntityQuery.DefaultPageSize);
            var page = await engine.PageAsync(meant, token ?? filter.ContinuationToken, size, cancellation);
            return new Page<T>(page.ConvertAll(entity => describe(entity, filter.IncludeState)), page.Count < size ? null : page[^1].EntityId);
        });
    }

    private EntityMetadata Describe(EntityRow entity, bool includeState) =>
        new(EntityInstanceId.FromString(entity.EntityId), includeState && entity.State is { } state ? new SerializedData(state, converter) : null)
        {
            LastModifiedTime = entity.UpdatedAt,
            BacklogQueueSize = entity.Backlog,
            LockedBy = entity.LockedBy,
        };

    private EntityMetadata<T> Describe<T>(EntityRow entity, bool includeState)
    {
        var id = EntityInstanceId.FromString(entity.EntityId);
        return includeState && entity.State is { } state
            ? new EntityMetadata<T>(id, converter.Deserialize<T>(state)) { LastModifiedTime = entity.UpdatedAt, BacklogQueueSize = entity.Backlog, LockedBy = entity.LockedBy }
            : new EntityMetadata<T>(id) { LastModifiedTime = entity.UpdatedAt, BacklogQueueSize = entity.Backlog, LockedBy = entity.LockedBy };
    }
}
