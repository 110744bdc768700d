using System.Collections.Immutable;

namespace Microsoft.DurableTask;

/// <summary>How a new orchestration is started.</summary>
/// <remarks>Embedded: <see cref="Version"/> is accepted and ignored.</remarks>
public record StartOrchestrationOptions
{
    public StartOrchestrationOptions(string? InstanceId = null, DateTimeOffset? StartAt = null) =>
        (this.InstanceId, this.StartAt) = (InstanceId, StartAt);

    public StartOrchestrationOptions(StartOrchestrationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        (InstanceId, StartAt, Tags) = (options.InstanceId, options.StartAt, options.Tags);
        (Version, DedupeStatuses) = (options.Version, options.DedupeStatuses);
    }

    /// <summary>The new instance's id; a random one if null.</summary>
    public string? InstanceId { get; init; }

    /// <summary>When it starts; at once if null.</summary>
    public DateTimeOffset? StartAt { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = ImmutableDictionary<string, string>.Empty;

    public TaskVersion? Version { get; init; }

    /// <summary>Names of the statuses in which an existing instance of this id makes the start fail.</summary>
    public IReadOnlyList<string>? DedupeStatuses { get; init; }
}
