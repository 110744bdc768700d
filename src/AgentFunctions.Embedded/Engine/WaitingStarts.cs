namespace AgentFunctions.Embedded.Engine;

/// <summary>
/// Orchestrations that were started and have not begun. They begin while few others wait for workers, so what has begun is
/// finished first, and little is in memory. The oldest and the newest take turns: nobody waits for ever, and a run that
/// somebody watches does not wait for the ten thousand before it.
/// </summary>
/// <param name="limit">How many may be beginning or have activities that wait for a worker before no other begins.</param>
/// <param name="waiting">How many have activities that wait for a worker.</param>
internal sealed class WaitingStarts(int limit, Func<int> waiting, Action<string> begin)
{
    private readonly LinkedList<string> _queue = new(); // the oldest first
    private readonly Dictionary<string, LinkedListNode<string>> _byId = new(StringComparer.Ordinal);
    private readonly HashSet<string> _beginning = new(StringComparer.Ordinal); // their first episode is not stored yet
    private readonly Lock _lock = new(); // guards all of them
    private bool _newestIsNext;

    public void Add(string instanceId)
    {
        lock (_lock)
        {
            if (_beginning.Contains(instanceId))
            {
                begin(instanceId); // ended and started again before its worker said that it had begun
            }
            else if (!_byId.ContainsKey(instanceId))
            {
                _byId.Add(instanceId, _queue.AddLast(instanceId));
            }
            Admit();
        }
    }

    /// <summary>It begins out of turn, because a message came for it.</summary>
    public void Remove(string instanceId)
    {
        lock (_lock)
        {
            if (_byId.Remove(instanceId, out var node))
            {
                _queue.Remove(node);
            }
        }
    }

    /// <summary>An episode of it is stored.</summary>
    public void Begun(string instanceId)
    {
        lock (_lock)
        {
            _beginning.Remove(instanceId);
            Admit();
        }
    }

    /// <summary>A worker has taken an activity.</summary>
    public void WorkerTookOne()
    {
        lock (_lock)
        {
            Admit();
        }
    }

    private void Admit()
    {
        while (_queue.Count > 0 && _beginning.Count + waiting() < limit)
        {
            var next = _newestIsNext ? _queue.Last! : _queue.First!;
            _newestIsNext = !_newestIsNext;
            _queue.Remove(next);
            _byId.Remove(next.Value);
            _beginning.Add(next.Value);
            begin(next.Value);
        }
    }
}
