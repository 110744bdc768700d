namespace AgentFunctions.Embedded.Engine;

/// <summary>What clients may do with entities.</summary>
internal sealed class EntityClient(EngineStore store)
{
    /// <summary>Sends an operation; it is durable when this returns, and runs after the entity's earlier ones.</summary>
    public Task SignalAsync(string entityId, string operation, string? input, DateTime? dueAt, CancellationToken cancellation) =>
        store.WriteAsync(outbox => outbox.Send(entityId, new OperationRequest(operation, input, null), dueAt), cancellation);

    public Task<EntityRow?> FindAsync(string entityId, CancellationToken cancellation) =>
        store.ReadAsync(connection => EntityTable.Find(connection, entityId), cancellation);

    public Task<List<EntityRow>> PageAsync(EntityFilter filter, string? after, int size, CancellationToken cancellation) =>
        store.ReadAsync(connection => EntityTable.Page(connection, filter, after, size), cancellation);

    /// <summary>Frees locks whose holder has ended, and says how many.</summary>
    public Task<int> ReleaseOrphanedLocksAsync(CancellationToken cancellation) =>
        store.WriteAsync(
            outbox =>
            {
                var orphaned = EntityTable.OrphanedLocks(outbox.Connection);
                orphaned.ForEach(entity => outbox.Send(entity.EntityId, new LockRelease(entity.LockedBy!, entity.LockedByExecution!)));
                return orphaned.Count;
            },
            cancellation);

    public Task<int> RemoveEmptyAsync(CancellationToken cancellation) =>
        store.WriteAsync(outbox => EntityTable.RemoveEmpty(outbox.Connection), cancellation);
}
