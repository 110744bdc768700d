namespace AgentFunctions.Embedded.Engine;

/// <summary>
/// External events by name (names compare case-insensitively). Events that nobody waits for are kept, oldest first.
/// Of several open waits the newest gets the next event, as in Durable Task, so that a wait which lost a race takes none.
/// </summary>
internal sealed class EventWaits
{
    private readonly Dictionary<string, Queue<EventRaised>> _unprocessed = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Stack<TaskCompletionSource<string?>>> _waits = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>True if the code waits for some event.</summary>
    public bool AnyOpen => _waits.Values.Any(waits => waits.Any(wait => !wait.Task.IsCompleted));

    public void Raise(EventRaised raised)
    {
        if (_waits.TryGetValue(raised.Name, out var waits))
        {
            while (waits.TryPop(out var wait))
            {
                if (wait.TrySetResult(raised.Input)) // false: the wait was cancelled
                {
                    return;
                }
            }
        }
        if (!_unprocessed.TryGetValue(raised.Name, out var queue))
        {
            _unprocessed[raised.Name] = queue = new Queue<EventRaised>();
        }
        queue.Enqueue(raised);
    }

    public Task<string?> WaitAsync(string name, CancellationToken cancellation)
    {
        if (_unprocessed.TryGetValue(name, out var queue) && queue.TryDequeue(out var raised))
        {
            return Task.FromResult(raised.Input);
        }
        var wait = new TaskCompletionSource<string?>();
        cancellation.Register(() => wait.TrySetCanceled(cancellation));
        if (!_waits.TryGetValue(name, out var waits))
        {
            _waits[name] = waits = new Stack<TaskCompletionSource<string?>>();
        }
        waits.Push(wait);
        return wait.Task;
    }

    /// <summary>The events that nobody took, for the next execution.</summary>
    public List<EventRaised> TakeUnprocessed()
    {
        var events = _unprocessed.Values.SelectMany(queue => queue).OrderBy(raised => raised.Timestamp).ToList();
        _unprocessed.Clear();
        return events;
    }
}
