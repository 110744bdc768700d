namespace AgentFunctions.Embedded.Engine;

/// <summary>
/// External events by name (names compare case-insensitively). Events that nobody waits for are kept and taken in order of arrival.
/// Of several open waits the newest gets the next event, as in the pinned Durable Task, so that a wait which lost a race takes none.
/// Kinder than there: an event that comes after a wait was cancelled goes to the next wait; there the cancelled wait swallows it.
/// </summary>
internal sealed class EventWaits
{
    private readonly Dictionary<string, Queue<(int Arrival, EventRaised Event)>> _unprocessed = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Stack<Wait>> _waits = new(StringComparer.OrdinalIgnoreCase);
    private int _arrivals;

    /// <summary>True if the code waits for some event.</summary>
    public bool AnyOpen => _waits.Values.Any(waits => waits.Any(wait => !wait.Outcome.Task.IsCompleted));

    public void Raise(EventRaised raised)
    {
        if (_waits.TryGetValue(raised.Name, out var waits))
        {
            while (waits.TryPop(out var wait))
            {
                if (wait.Outcome.TrySetResult(raised.Input)) // false: the wait was cancelled
                {
                    return;
                }
            }
        }
        if (!_unprocessed.TryGetValue(raised.Name, out var queue))
        {
            _unprocessed[raised.Name] = queue = [];
        }
        queue.Enqueue((_arrivals++, raised));
    }

    /// <exception cref="ArgumentException">An open wait of that name expects another type.</exception>
    public Task<string?> WaitAsync(string name, Type type, CancellationToken cancellation)
    {
        if (_unprocessed.TryGetValue(name, out var queue) && queue.TryDequeue(out var oldest))
        {
            return Task.FromResult(oldest.Event.Input);
        }
        if (!_waits.TryGetValue(name, out var waits))
        {
            _waits[name] = waits = [];
        }
        if (waits.TryPeek(out var other) && other.Type != type)
        {
            throw new ArgumentException(
                $"Event '{name}' is already waited for as {other.Type}, so it cannot be waited for as {type}. Use one type, or another event name.");
        }
        var wait = new Wait(type, new TaskCompletionSource<string?>());
        waits.Push(wait);
        cancellation.Register(() => wait.Outcome.TrySetCanceled(cancellation));
        return wait.Outcome.Task;
    }

    /// <summary>The events that nobody took, for the next execution.</summary>
    public List<EventRaised> TakeUnprocessed()
    {
        var events = _unprocessed.Values.SelectMany(queue => queue).OrderBy(kept => kept.Arrival).Select(kept => kept.Event).ToList();
        _unprocessed.Clear();
        return events;
    }

    private sealed record Wait(Type Type, TaskCompletionSource<string?> Outcome);
}
