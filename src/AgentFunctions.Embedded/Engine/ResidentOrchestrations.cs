namespace AgentFunctions.Embedded.Engine;

/// <summary>
/// The orchestrations that stay in memory between their episodes, up to a limit; the one unused for longest goes first.
/// Whoever works on one has taken it out, so nothing here is shared.
/// </summary>
internal sealed class ResidentOrchestrations(int limit)
{
    private readonly Dictionary<string, LinkedListNode<Orchestration>> _byId = new(StringComparer.Ordinal);
    private readonly LinkedList<Orchestration> _byUse = new(); // the least recently used first
    private readonly Lock _lock = new(); // guards both

    public Orchestration? Take(string instanceId)
    {
        lock (_lock)
        {
            if (!_byId.Remove(instanceId, out var node))
            {
                return null;
            }
            _byUse.Remove(node);
            return node.Value;
        }
    }

    public void Keep(Orchestration orchestration)
    {
        lock (_lock)
        {
            _byId[orchestration.Instance.InstanceId] = _byUse.AddLast(orchestration);
            if (_byUse.Count > limit)
            {
                _byId.Remove(_byUse.First!.Value.Instance.InstanceId);
                _byUse.RemoveFirst();
            }
        }
    }
}
