namespace AgentFunctions.Embedded.Engine;

/// <summary>Outcomes of activities that no episode has used yet, by instance. They leave with the episode that makes them durable.</summary>
internal sealed class ActivityOutcomes
{
    private readonly Dictionary<string, List<ActivityOutcome>> _waiting = new(StringComparer.Ordinal);
    private readonly Lock _lock = new(); // guards _waiting

    /// <summary>The instances that have outcomes waiting.</summary>
    public IReadOnlyList<string> Instances
    {
        get
        {
            lock (_lock)
            {
                return [.. _waiting.Keys];
            }
        }
    }

    public void Add(string instanceId, params ReadOnlySpan<ActivityOutcome> outcomes)
    {
        lock (_lock)
        {
            if (!_waiting.TryGetValue(instanceId, out var waiting))
            {
                _waiting[instanceId] = waiting = [];
            }
            waiting.AddRange(outcomes);
        }
    }

    public IReadOnlyList<ActivityOutcome> Take(string instanceId)
    {
        lock (_lock)
        {
            return _waiting.Remove(instanceId, out var waiting) ? waiting : [];
        }
    }
}
