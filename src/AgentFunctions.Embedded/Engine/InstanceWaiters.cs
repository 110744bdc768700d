namespace AgentFunctions.Embedded.Engine;

/// <summary>Clients in this process that wait for an instance; they are woken when its status changes, without polling.</summary>
internal sealed class InstanceWaiters
{
    private readonly Dictionary<string, TaskCompletionSource> _waiters = new(StringComparer.Ordinal);
    private readonly Lock _lock = new(); // guards _waiters

    /// <summary>Waits until the instance as read satisfies the condition; null if there is no such instance.</summary>
    public async Task<InstanceRow?> WaitAsync(
        string instanceId, Func<Task<InstanceRow?>> read, Func<InstanceRow, bool> condition, CancellationToken cancellation)
    {
        while (true)
        {
            var change = NextChange(instanceId); // before the read, so that no change is missed
            var instance = await read();
            if (instance is null || condition(instance))
            {
                return instance;
            }
            await change.WaitAsync(cancellation);
        }
    }

    public void Wake(string instanceId)
    {
        TaskCompletionSource? waiter;
        lock (_lock)
        {
            _waiters.Remove(instanceId, out waiter);
        }
        waiter?.SetResult();
    }

    private Task NextChange(string instanceId)
    {
        lock (_lock)
        {
            if (!_waiters.TryGetValue(instanceId, out var waiter))
            {
                _waiters[instanceId] = waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
            return waiter.Task;
        }
    }
}
