namespace AgentFunctions.Telemetry.Export;

/// <summary>Keeps count of the spans that one exporter has been given and has not settled yet.</summary>
/// <param name="capacity">Spans that may wait or be on their way.</param>
internal sealed class ExportLedger(int capacity, ExportFailures failures)
{
    private int _pending;

    /// <summary>False, and counted as lost, when there is no room for one more span.</summary>
    public bool TryAdd()
    {
        if (Interlocked.Increment(ref _pending) <= capacity)
            return true;
        Interlocked.Decrement(ref _pending);
        failures.Add(1, "queue_full", "its queue is full; look whether the endpoint is slow, or raise `batch.max_queue_size`");
        return false;
    }

    public void Settle(int count, ExportOutcome outcome)
    {
        Interlocked.Add(ref _pending, -count);
        if (!outcome.IsOk)
            failures.Add(count, outcome.Reason, outcome.Cause);
    }

    /// <summary>Gives up what is left when the app stops.</summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _pending, 0) is > 0 and var left)
            failures.Add(left, "stopped", "the app stopped before they were sent");
        failures.Report();
    }
}
