namespace AgentFunctions.Embedded.Engine;

/// <summary>
/// The rules from the moment an orchestration asks for entity locks until it lets them go. They exclude deadlock: no second lock,
/// no sub-orchestration, calls only to locked entities and one at a time each, no signals to locked entities.
/// </summary>
internal sealed class CriticalSection
{
    private HashSet<string>? _available; // locked entities that no call is under way to; null until the locks are granted
    private IReadOnlyList<string> _locked = [];

    public bool IsInside => _locked.Count > 0;

    /// <summary>The locked entities that may be called now.</summary>
    public IReadOnlyList<string> Available => _available is null ? [] : [.. _available.Order(StringComparer.Ordinal)];

    public void Request(IReadOnlyList<string> entityIds)
    {
        Refuse(IsInside, "A critical section cannot be entered from within another one. Lock all entities in one LockEntitiesAsync call.");
        _locked = entityIds;
    }

    public void Granted() => _available = [.. _locked];

    /// <summary>Leaves the section and says which entities to release.</summary>
    public IReadOnlyList<string> Leave()
    {
        var released = _available is null ? [] : _locked;
        (_available, _locked) = (null, []);
        return released;
    }

    public void BeginCall(string entityId)
    {
        if (!IsInside)
        {
            return;
        }
        Refuse(_available is null, $"Entity '{entityId}' cannot be called while a lock request is pending. Await LockEntitiesAsync first.");
        Refuse(!_locked.Contains(entityId), $"Entity '{entityId}' cannot be called from a critical section that does not lock it. Add it to LockEntitiesAsync.");
        Refuse(!_available!.Remove(entityId), $"Entity '{entityId}' cannot be called again in a critical section while an earlier call is pending. Await that call first.");
    }

    public void EndCall(string entityId)
    {
        if (_available is not null && _locked.Contains(entityId))
        {
            _available.Add(entityId);
        }
    }

    public void BeforeSignal(string entityId) =>
        Refuse(_locked.Contains(entityId), $"Entity '{entityId}' cannot be signalled from the critical section that locks it. Call it instead.");

    public void BeforeSubOrchestration() =>
        Refuse(IsInside, "A sub-orchestration cannot be called from a critical section. Leave it first.");

    private static void Refuse(bool broken, string rule)
    {
        if (broken)
        {
            throw new InvalidOperationException(rule);
        }
    }
}
