namespace AgentFunctions.Tools.Limits;

/// <summary>Closed while calls succeed, open after too many failures in a row, then one call at a time to try. Thread-safe.</summary>
internal sealed class Circuit(ToolCircuitBreaker breaker, TimeProvider time)
{
    private readonly Lock _gate = new();
    private int _failures;
    private long _openedAt;

    public bool IsOpen
    {
        get
        {
            lock (_gate)
                return _failures >= breaker.Failures;
        }
    }

    /// <summary>How long until a call is let through; null to go on. The call that tries an open circuit keeps it open for the others.</summary>
    public TimeSpan? Refuse()
    {
        lock (_gate)
        {
            if (_failures < breaker.Failures)
                return null;
            var open = time.GetElapsedTime(_openedAt);
            if (open < breaker.OpenFor)
                return breaker.OpenFor - open;
            _openedAt = time.GetTimestamp();
            return null;
        }
    }

    public void Report(bool failed)
    {
        lock (_gate)
        {
            _failures = failed ? _failures + 1 : 0;
            if (failed)
                _openedAt = time.GetTimestamp();
        }
    }
}
