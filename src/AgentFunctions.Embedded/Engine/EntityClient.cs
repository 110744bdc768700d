namespace AgentFunctions.Embedded.Engine;

/// <summary>What clients may do with entities.</summary>
internal sealed class EntityClient(EngineStore store)
{
    /// <summary>Sends an operation; it is durable when this returns, and runs after what was sent before. One that is due in the past is due now.</summary>
    public Task SignalAsync(string entityId, string operation, string? input, DateTime? dueAt, CancellationToken cancellation) =>
        store.WriteAsync(
            outbox => outbox.Send(entityId, new OperationRequest(operation, input, null), dueAt > outbox.Now ? dueAt : null), cancellation);

    public Task<EntityRow?> FindAsync(string entityId, CancellationToken cancellation) =>
        store.ReadAsync(connection => EntityTable.Find(connection, entityId, store.Now), cancellation);

    public Task<List<EntityRow>> PageAsync(EntityFilter filter, string? after, int size, CancellationToken cancellation) =>
        store.ReadAsync(connection => EntityTable.Page(connection, filter, after, size, store.Now), cancellation);

    /// <summary>Frees locks whose holder has ended, and says how many.</summary>
    public Task<int> ReleaseOrphanedLocksAsync(CancellationToken cancellation) =>
        store.WriteAsync(
            outbox =>
            {
                var orphaned = EntityTable.OrphanedLocks(outbox);
                orphaned.ForEach(entity => outbox.Send(entity.EntityId, new LockRelease(entity.LockedBy!, entity.LockedByExecution!)));
                return orphaned.Count;
            },
            cancellation);

    /// <summary>Removes the entity; what was sent to it and not processed finds a new one. Returns how many were removed, 0 or 1.</summary>
    public Task<int> PurgeAsync(string entityId, CancellationToken cancellation) =>
        store.WriteAsync(outbox => EntityTable.Delete(outbox.Connection, entityId) ? 1 : 0, cancellation);

    public Task<int> RemoveEmptyAsync(CancellationToken cancellation) =>
        store.WriteAsync(outbox => EntityTable.RemoveEmpty(outbox), cancellation);
}
