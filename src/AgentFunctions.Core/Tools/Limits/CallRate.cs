namespace AgentFunctions.Tools.Limits;

/// <summary>The starts of a tool's latest calls, present and promised. Thread-safe.</summary>
internal sealed class CallRate(ToolRateLimit limit, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Queue<TimeSpan> _starts = new();
    private readonly long _origin = time.GetTimestamp();

    /// <summary>
    /// How long to wait before the call begins. A wait of at most <paramref name="longest"/> is promised to the caller and
    /// counted; a longer one is only told.
    /// </summary>
    public TimeSpan Reserve(TimeSpan longest)
    {
        lock (_gate)
        {
            var now = time.GetElapsedTime(_origin);
            var isFull = _starts.Count == limit.Calls;
            var wait = isFull && _starts.Peek() + limit.Per > now ? _starts.Peek() + limit.Per - now : TimeSpan.Zero;
            if (wait > longest)
                return wait;
            if (isFull)
                _starts.Dequeue();
            _starts.Enqueue(now + wait);
            return wait;
        }
    }
}
