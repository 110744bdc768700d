using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Microsoft.DurableTask.Entities;

namespace Microsoft.DurableTask.Client.Entities;

/// <summary>An entity at one moment, with its state if that was asked for.</summary>
[JsonConverter(typeof(EntityMetadataConverter))]
public class EntityMetadata<TState>
{
    private readonly TState? _state;

    public EntityMetadata(EntityInstanceId id)
    {
        if (id == default)
            throw new ArgumentException("The entity's id is missing.", nameof(id));
        Id = id;
    }

    public EntityMetadata(EntityInstanceId id, TState? state)
        : this(id) => (_state, IncludesState) = (state, state is not null);

    public EntityInstanceId Id { get; }

    public DateTimeOffset LastModifiedTime { get; init; }

    /// <summary>How many operations wait; 0 if that is not known.</summary>
    public int BacklogQueueSize { get; init; }

    /// <summary>The instance id of the orchestration that holds the entity's lock, if one does.</summary>
    public string? LockedBy { get; init; }

    [MemberNotNullWhen(true, nameof(State), nameof(_state))]
    public bool IncludesState { get; }

    /// <exception cref="InvalidOperationException">The state was not asked for.</exception>
    public TState State => IncludesState
        ? _state
        : throw new InvalidOperationException($"The state was not fetched ({nameof(IncludesState)} is false): ask with includeState: true.");
}

/// <summary>An entity whose state is still in its stored form.</summary>
[JsonConverter(typeof(EntityMetadataConverter))]
public sealed class EntityMetadata : EntityMetadata<SerializedData>
{
    public EntityMetadata(EntityInstanceId id, SerializedData? state = null)
        : base(id, state)
    {
    }
}
