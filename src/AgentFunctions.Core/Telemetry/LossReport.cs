namespace AgentFunctions.Telemetry;

/// <summary>Adds up losses and tells of them at most once a minute, so that a flood of losses is no flood of log lines.</summary>
/// <param name="tell">Gets how many were lost since it was told last, and the latest cause.</param>
internal sealed class LossReport<TCause>(TimeProvider time, Action<long, TCause> tell)
{
    private static readonly TimeSpan _quiet = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private long _untold;
    private TCause _cause = default!;
    private DateTimeOffset? _toldAt;

    public void Add(int count, TCause cause)
    {
        lock (_lock)
        {
            _untold += count;
            _cause = cause;
            if (_toldAt is { } at && time.GetUtcNow() - at < _quiet)
                return;
            Tell();
        }
    }

    /// <summary>Tells what was not told yet, whenever the last time was.</summary>
    public void Tell()
    {
        lock (_lock)
        {
            if (_untold == 0)
                return;
            tell(_untold, _cause);
            (_untold, _toldAt) = (0, time.GetUtcNow());
        }
    }
}
