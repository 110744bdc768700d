namespace AgentFunctions.Embedded.Engine;

/// <summary>Clients in this process that wait for an instance's status. The change they wait for wakes them, without polling.</summary>
internal sealed class InstanceWaiters
{
    private readonly Dictionary<string, List<Waiter>> _waiters = new(StringComparer.Ordinal);
    private readonly Lock _lock = new(); // guards _waiters

    /// <summary>Waits until the instance's status satisfies the condition; null if there is no such instance.</summary>
    public async Task<InstanceRow?> WaitAsync(
        string instanceId, Func<Task<InstanceRow?>> read, Func<InstanceStatus, bool> condition, CancellationToken cancellation)
    {
        while (true)
        {
            var waiter = Add(instanceId, condition); // before the read, so that no change is missed
            try
            {
                var instance = await read();
                if (instance is null || condition(instance.Status))
                {
                    return instance;
                }
                await waiter.Woken.Task.WaitAsync(cancellation);
            }
            finally
            {
                Remove(instanceId, waiter);
            }
        }
    }

    /// <param name="status">The new status, or null if the instance is gone.</param>
    public void Wake(string instanceId, InstanceStatus? status)
    {
        lock (_lock)
        {
            foreach (var waiter in _waiters.GetValueOrDefault(instanceId, []).Where(waiter => status is null || waiter.Condition(status.Value)))
            {
                waiter.Woken.TrySetResult();
            }
        }
    }

    private Waiter Add(string instanceId, Func<InstanceStatus, bool> condition)
    {
        var waiter = new Waiter(condition);
        lock (_lock)
        {
            if (!_waiters.TryGetValue(instanceId, out var waiters))
            {
                _waiters[instanceId] = waiters = [];
            }
            waiters.Add(waiter);
        }
        return waiter;
    }

    private void Remove(string instanceId, Waiter waiter)
    {
        lock (_lock)
        {
            var waiters = _waiters[instanceId];
            waiters.Remove(waiter);
            if (waiters.Count == 0)
            {
                _waiters.Remove(instanceId);
            }
        }
    }

    private sealed class Waiter(Func<InstanceStatus, bool> condition)
    {
        public Func<InstanceStatus, bool> Condition => condition;

        public TaskCompletionSource Woken { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
