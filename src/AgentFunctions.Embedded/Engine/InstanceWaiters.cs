namespace AgentFunctions.Embedded.Engine;

/// <summary>Clients in this process that wait for an instance's status. The change they wait for wakes them, without polling.</summary>
internal sealed class InstanceWaiters
{
    private const int KnownAtMost = 1_000; // who waits for an older one reads its row first

    private readonly Dictionary<string, List<Waiter>> _waiters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, InstanceStatus> _active = new(StringComparer.Ordinal); // as the last commit left them
    private readonly Queue<string> _known = new(); // the oldest first; may name some that have ended
    private readonly Lock _lock = new(); // guards all of them

    /// <summary>Waits until the instance's status satisfies the condition; null if there is no such instance.</summary>
    public async Task<InstanceRow?> WaitAsync(
        string instanceId, Func<Task<InstanceRow?>> read, Func<InstanceStatus, bool> condition, CancellationToken cancellation)
    {
        while (true)
        {
            var waiter = Add(instanceId, condition); // before the read, so that no change is missed
            try
            {
                if (!waiter.IsActive)
                {
                    var instance = await read();
                    if (instance is null || condition(instance.Status))
                    {
                        return instance;
                    }
                }
                if (await waiter.Woken.Task.WaitAsync(cancellation) is { } ended)
                {
                    return ended;
                }
            }
            finally
            {
                Remove(instanceId, waiter);
            }
        }
    }

    public void Wake(string instanceId, InstanceChange change)
    {
        lock (_lock)
        {
            Know(instanceId, change.Status);
            foreach (var waiter in _waiters.GetValueOrDefault(instanceId, []).Where(waiter => change.Status is not { } status || waiter.Condition(status)))
            {
                waiter.Woken.TrySetResult(change.Ended);
            }
        }
    }

    private void Know(string instanceId, InstanceStatus? status)
    {
        if (status?.HasEnded() != false)
        {
            _active.Remove(instanceId);
            return;
        }
        if (!_active.ContainsKey(instanceId))
        {
            _known.Enqueue(instanceId);
            if (_known.Count > KnownAtMost)
            {
                _active.Remove(_known.Dequeue()); // parked ones must not keep new ones out
            }
        }
        _active[instanceId] = status.Value;
    }

    private Waiter Add(string instanceId, Func<InstanceStatus, bool> condition)
    {
        lock (_lock)
        {
            var waiter = new Waiter(condition, _active.TryGetValue(instanceId, out var status) && !condition(status));
            if (!_waiters.TryGetValue(instanceId, out var waiters))
            {
                _waiters[instanceId] = waiters = [];
            }
            waiters.Add(waiter);
            return waiter;
        }
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

    /// <param name="isActive">The instance is known not to satisfy the condition yet.</param>
    private sealed class Waiter(Func<InstanceStatus, bool> condition, bool isActive)
    {
        public Func<InstanceStatus, bool> Condition => condition;

        public bool IsActive => isActive;

        /// <summary>Ends with the row, if that is known.</summary>
        public TaskCompletionSource<InstanceRow?> Woken { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
