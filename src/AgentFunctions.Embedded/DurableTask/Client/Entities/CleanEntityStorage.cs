namespace Microsoft.DurableTask.Client.Entities;

/// <summary>What a clean-up of the entity storage does.</summary>
public readonly record struct CleanEntityStorageRequest
{
    public static CleanEntityStorageRequest Default => new() { RemoveEmptyEntities = true, ReleaseOrphanedLocks = true };

    public bool RemoveEmptyEntities { get; init; }

    public bool ReleaseOrphanedLocks { get; init; }

    public string? ContinuationToken { get; init; }
}

/// <summary>What a clean-up has done, and where it goes on.</summary>
public readonly record struct CleanEntityStorageResult
{
    public int EmptyEntitiesRemoved { get; init; }

    public int OrphanedLocksReleased { get; init; }

    public string? ContinuationToken { get; init; }
}
