using System.Collections.Concurrent;
using System.Diagnostics;

namespace AgentFunctions.Benchmarks.Durable;

/// <summary>When each activity of the runs under way began.</summary>
internal sealed class StepClock
{
    private readonly ConcurrentDictionary<string, List<long>> _begun = new();

    /// <summary>An activity of the run begins. Those of one run begin one after the other.</summary>
    public void Begin(string instanceId) =>
        _begun.GetOrAdd(instanceId, static _ => new List<long>(AgentLoop.Steps)).Add(Stopwatch.GetTimestamp());

    /// <summary>Milliseconds from each activity to the next; the run is forgotten.</summary>
    public IEnumerable<double> TakeGaps(string instanceId)
    {
        return _begun.TryRemove(instanceId, out var begun)
            ? begun.Zip(begun.Skip(1), (a, b) => Stopwatch.GetElapsedTime(a, b).TotalMilliseconds)
            : [];
    }

    /// <summary>How many activities of the run began.</summary>
    public int CountOf(string instanceId) => _begun.TryGetValue(instanceId, out var begun) ? begun.Count : 0;
}
