namespace AgentFunctions.Embedded.Engine;

/// <summary>What clients may do with orchestrations. A method that writes returns once its effect is durable.</summary>
internal sealed class EngineClient(EngineStore store, InstanceWaiters waiters)
{
    /// <summary>Starts an orchestration. False if the id belongs to an instance that may not be replaced.</summary>
    public Task<bool> StartAsync(StartRequest request, CancellationToken cancellation) =>
        store.WriteAsync(outbox => InstanceTable.TryStart(outbox, request), cancellation);

    /// <summary>Starts an ended instance again with its input. Null if there is none of that id, false if it has not ended.</summary>
    public Task<bool?> RestartAsync(string instanceId, string newInstanceId, CancellationToken cancellation) =>
        store.WriteAsync<bool?>(
            outbox => InstanceTable.Find(outbox.Connection, instanceId) is { } instance
                ? InstanceTable.TryStart(outbox, new StartRequest(newInstanceId, instance.Name, instance.Input) { Tags = instance.Tags })
                : null,
            cancellation);

    /// <summary>Sends to an instance that has not ended.</summary>
    /// <returns>The status in which the message found the instance, or null if there is none of that id.</returns>
    public Task<InstanceStatus?> SendAsync(string instanceId, Func<DateTime, HistoryEvent> message, CancellationToken cancellation) =>
        store.WriteAsync(
            outbox =>
            {
                var status = InstanceTable.Find(outbox.Connection, instanceId)?.Status;
                if (status is { } found && !found.HasEnded())
                {
                    outbox.Send(instanceId, message(outbox.Now));
                }
                return status;
            },
            cancellation);

    public Task<InstanceRow?> FindAsync(string instanceId, CancellationToken cancellation) =>
        store.ReadAsync(connection => InstanceTable.Find(connection, instanceId), cancellation);

    public Task<InstanceRow?> WaitAsync(string instanceId, Func<InstanceStatus, bool> condition, CancellationToken cancellation) =>
        waiters.WaitAsync(instanceId, () => FindAsync(instanceId, cancellation), condition, cancellation);

    public Task<List<InstanceRow>> PageAsync(
        InstanceFilter filter, (DateTime CreatedAt, string InstanceId)? after, int size, CancellationToken cancellation) =>
        store.ReadAsync(connection => InstanceTable.Page(connection, filter, after, size), cancellation);

    /// <summary>The history of the current execution, or null if there is no such instance.</summary>
    public Task<IReadOnlyList<HistoryEvent>?> HistoryAsync(string instanceId, CancellationToken cancellation) =>
        store.ReadAsync(
            connection => InstanceTable.Find(connection, instanceId) is { } instance ? HistoryTable.Read(connection, instance.Number).Events : null, cancellation);

    /// <summary>Removes an ended instance and, if asked, the ended ones that it called. Returns how many were removed.</summary>
    public Task<int> PurgeAsync(string instanceId, bool recursive, CancellationToken cancellation) =>
        store.WriteAsync(outbox => Purge(outbox, instanceId, recursive), cancellation);

    /// <summary>Removes the ended instances that the filter means.</summary>
    /// <param name="timeout">When to stop before it is complete; never if null.</param>
    public async Task<(int Purged, bool IsComplete)> PurgeAsync(
        InstanceFilter filter, bool recursive, TimeSpan? timeout, CancellationToken cancellation)
    {
        const int PageSize = 500; // bounds how long one purge holds the writer
        var started = store.Now;
        var purged = 0;
        (DateTime, string)? after = null;
        while (await PageAsync(filter, after, PageSize, cancellation) is { Count: > 0 } page)
        {
            after = (page[^1].CreatedAt, page[^1].InstanceId);
            purged += await store.WriteAsync(outbox => page.Sum(instance => Purge(outbox, instance.InstanceId, recursive)), cancellation);
            if (page.Count == PageSize && store.Now - started >= timeout)
            {
                return (purged, false);
            }
        }
        return (purged, true);
    }

    private static int Purge(Outbox outbox, string instanceId, bool recursive)
    {
        if (InstanceTable.Find(outbox.Connection, instanceId) is not { } instance || !instance.Status.HasEnded())
        {
            return 0;
        }
        var purged = recursive ? InstanceTable.Children(outbox.Connection, instanceId).Sum(child => Purge(outbox, child, recursive: true)) : 0;
        InstanceTable.Delete(outbox.Connection, instance);
        outbox.Changed[instanceId] = new InstanceChange(null);
        return purged + 1;
    }
}
