namespace Microsoft.DurableTask.Client;

/// <summary>How an orchestration is purged.</summary>
public record PurgeInstanceOptions(bool Recursive = false);

/// <summary>Which orchestrations are purged; only those that have ended are.</summary>
public record PurgeInstancesFilter(
    DateTimeOffset? CreatedFrom = null,
    DateTimeOffset? CreatedTo = null,
    IEnumerable<OrchestrationRuntimeStatus>? Statuses = null)
{
    /// <summary>How long the purge may take before it returns incomplete.</summary>
    public TimeSpan? Timeout { get; init; }
}

/// <summary>How many orchestrations were purged, and whether any that match are left.</summary>
public class PurgeResult
{
    public PurgeResult(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        PurgedInstanceCount = count;
    }

    public PurgeResult(int count, bool? isComplete)
        : this(count) => IsComplete = isComplete;

    public int PurgedInstanceCount { get; }

    /// <summary>Null if it is not known.</summary>
    public bool? IsComplete { get; }
}
