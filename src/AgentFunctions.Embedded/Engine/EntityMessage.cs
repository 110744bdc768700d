using System.Text.Json.Serialization;

namespace AgentFunctions.Embedded.Engine;

/// <summary>What an entity finds in its inbox.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(OperationRequest), nameof(OperationRequest))]
[JsonDerivedType(typeof(LockRequest), nameof(LockRequest))]
[JsonDerivedType(typeof(LockRelease), nameof(LockRelease))]
internal abstract record EntityMessage;

/// <summary>Run an operation; with a caller it is a call, without it a signal.</summary>
internal sealed record OperationRequest(string Operation, string? Input, Caller? Caller) : EntityMessage;

/// <summary>
/// Lock the entity for an orchestration. The request goes from entity to entity in their sorted order, which excludes deadlock;
/// the last one tells the orchestration.
/// </summary>
/// <param name="Position">Which of <paramref name="EntityIds"/> the request has reached.</param>
internal sealed record LockRequest(Caller Caller, IReadOnlyList<string> EntityIds, int Position) : EntityMessage;

/// <summary>The orchestration lets the lock go, or has ended.</summary>
internal sealed record LockRelease(string InstanceId, string ExecutionId) : EntityMessage;

/// <summary>The call of an orchestration that waits for an answer.</summary>
internal sealed record Caller(string InstanceId, string ExecutionId, int TaskId);
