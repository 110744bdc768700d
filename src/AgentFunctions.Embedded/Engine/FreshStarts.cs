namespace AgentFunctions.Embedded.Engine;

/// <summary>
/// Orchestrations that were just started, as the transaction that started them wrote them: their first episode need not read them.
/// Up to a limit; the others are read.
/// </summary>
internal sealed class FreshStarts(int limit)
{
    private readonly Dictionary<string, StoredOrchestration> _byId = new(StringComparer.Ordinal);
    private readonly Lock _lock = new(); // guards _byId

    public void Add(IReadOnlyCollection<StoredOrchestration> started)
    {
        lock (_lock)
        {
            foreach (var orchestration in started)
            {
                _byId.Remove(orchestration.Instance.InstanceId);
                if (_byId.Count < limit)
                {
                    _byId.Add(orchestration.Instance.InstanceId, orchestration);
                }
            }
        }
    }

    /// <summary>Something else came for them.</summary>
    public void Remove(IReadOnlyCollection<string> instances)
    {
        lock (_lock)
        {
            foreach (var instanceId in instances)
            {
                _byId.Remove(instanceId);
            }
        }
    }

    public StoredOrchestration? Take(string instanceId)
    {
        lock (_lock)
        {
            _byId.Remove(instanceId, out var orchestration);
            return orchestration;
        }
    }
}
