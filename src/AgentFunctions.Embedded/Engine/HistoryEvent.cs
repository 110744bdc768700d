using System.Text.Json.Serialization;

namespace AgentFunctions.Embedded.Engine;

/// <summary>
/// One thing that happened to an orchestration. The kinds and fields are those of Durable Functions' history.
/// </summary>
/// <param name="Timestamp">When it happened, UTC.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(OrchestratorStarted), nameof(OrchestratorStarted))]
[JsonDerivedType(typeof(OrchestratorCompleted), nameof(OrchestratorCompleted))]
[JsonDerivedType(typeof(ExecutionStarted), nameof(ExecutionStarted))]
[JsonDerivedType(typeof(ExecutionCompleted), nameof(ExecutionCompleted))]
[JsonDerivedType(typeof(ExecutionTerminated), nameof(ExecutionTerminated))]
[JsonDerivedType(typeof(ExecutionSuspended), nameof(ExecutionSuspended))]
[JsonDerivedType(typeof(ExecutionResumed), nameof(ExecutionResumed))]
[JsonDerivedType(typeof(ExecutionRewound), nameof(ExecutionRewound))]
[JsonDerivedType(typeof(TaskScheduled), nameof(TaskScheduled))]
[JsonDerivedType(typeof(TaskCompleted), nameof(TaskCompleted))]
[JsonDerivedType(typeof(TaskFailed), nameof(TaskFailed))]
[JsonDerivedType(typeof(TimerCreated), nameof(TimerCreated))]
[JsonDerivedType(typeof(TimerFired), nameof(TimerFired))]
[JsonDerivedType(typeof(EventSent), nameof(EventSent))]
[JsonDerivedType(typeof(EventRaised), nameof(EventRaised))]
[JsonDerivedType(typeof(SubOrchestrationInstanceCreated), nameof(SubOrchestrationInstanceCreated))]
[JsonDerivedType(typeof(SubOrchestrationInstanceCompleted), nameof(SubOrchestrationInstanceCompleted))]
[JsonDerivedType(typeof(SubOrchestrationInstanceFailed), nameof(SubOrchestrationInstanceFailed))]
[JsonDerivedType(typeof(EntityOperationCalled), nameof(EntityOperationCalled))]
[JsonDerivedType(typeof(EntityOperationSignaled), nameof(EntityOperationSignaled))]
[JsonDerivedType(typeof(EntityOperationCompleted), nameof(EntityOperationCompleted))]
[JsonDerivedType(typeof(EntityOperationFailed), nameof(EntityOperationFailed))]
[JsonDerivedType(typeof(EntityLockRequested), nameof(EntityLockRequested))]
[JsonDerivedType(typeof(EntityLockGranted), nameof(EntityLockGranted))]
[JsonDerivedType(typeof(EntityUnlockSent), nameof(EntityUnlockSent))]
internal abstract record HistoryEvent([property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] DateTime Timestamp);

/// <summary>An episode begins; its timestamp is the orchestrator's current time.</summary>
internal sealed record OrchestratorStarted(DateTime Timestamp) : HistoryEvent(Timestamp);

/// <summary>An episode ends: every call that the orchestrator made so far is recorded before this.</summary>
internal sealed record OrchestratorCompleted(DateTime Timestamp) : HistoryEvent(Timestamp);

internal sealed record ExecutionStarted(
    DateTime Timestamp, string Name, string? Input, ParentCall? Parent = null, string? TraceParent = null) : HistoryEvent(Timestamp);

/// <summary>The call of a sub-orchestration that waits for this execution's result.</summary>
internal sealed record ParentCall(string Name, string InstanceId, string ExecutionId, int TaskId);

internal sealed record ExecutionCompleted(
    DateTime Timestamp, InstanceStatus OrchestrationStatus, string? Result, Failure? Failure) : HistoryEvent(Timestamp);

/// <summary>A request of a client to the instance as such; it takes effect even while the instance is suspended.</summary>
internal abstract record ControlEvent(DateTime Timestamp) : HistoryEvent(Timestamp);

internal sealed record ExecutionTerminated(DateTime Timestamp, string? Output, bool Recursive) : ControlEvent(Timestamp);

internal sealed record ExecutionSuspended(DateTime Timestamp, string? Reason) : ControlEvent(Timestamp);

internal sealed record ExecutionResumed(DateTime Timestamp, string? Reason) : ControlEvent(Timestamp);

/// <summary>The failures before this were taken back: what failed is open again.</summary>
internal sealed record ExecutionRewound(DateTime Timestamp, string? Reason) : ControlEvent(Timestamp);

/// <summary>Another orchestration or a client sent an event.</summary>
internal sealed record EventRaised(DateTime Timestamp, string Name, string? Input) : HistoryEvent(Timestamp);

/// <summary>
/// A call that the orchestrator made. It is at once the decision, what the engine acts on, and what replay compares with.
/// </summary>
/// <param name="EventId">The sequence number of the call within the execution.</param>
internal abstract record Decision(DateTime Timestamp, int EventId) : HistoryEvent(Timestamp)
{
    /// <summary>Names the call in an error, such as <c>activity 'Charge'</c>. Two decisions that read the same are the same call.</summary>
    public abstract string Describe();
}

internal sealed record TaskScheduled(DateTime Timestamp, int EventId, string Name, string? Input) : Decision(Timestamp, EventId)
{
    public override string Describe() => $"activity '{Name}'";
}

internal sealed record TimerCreated(DateTime Timestamp, int EventId, DateTime FireAt) : Decision(Timestamp, EventId)
{
    public override string Describe() => "a timer";
}

internal sealed record EventSent(DateTime Timestamp, int EventId, string InstanceId, string Name, string? Input) : Decision(Timestamp, EventId)
{
    public override string Describe() => $"event '{Name}' sent to '{InstanceId}'";
}

internal sealed record SubOrchestrationInstanceCreated(
    DateTime Timestamp, int EventId, string Name, string InstanceId, string? Input, string? TraceParent) : Decision(Timestamp, EventId)
{
    public override string Describe() => $"sub-orchestration '{Name}'";
}

internal sealed record EntityOperationCalled(DateTime Timestamp, int EventId, string EntityId, string Operation, string? Input) : Decision(Timestamp, EventId)
{
    public override string Describe() => $"call of '{Operation}' on entity '{EntityId}'";
}

internal sealed record EntityOperationSignaled(
    DateTime Timestamp, int EventId, string EntityId, string Operation, string? Input, DateTime? SignalTime) : Decision(Timestamp, EventId)
{
    public override string Describe() => $"signal of '{Operation}' to entity '{EntityId}'";
}

internal sealed record EntityLockRequested(DateTime Timestamp, int EventId, IReadOnlyList<string> EntityIds) : Decision(Timestamp, EventId)
{
    public override string Describe() => $"lock of {string.Join(", ", EntityIds)}";
}

internal sealed record EntityUnlockSent(DateTime Timestamp, int EventId, IReadOnlyList<string> EntityIds) : Decision(Timestamp, EventId)
{
    public override string Describe() => $"release of {string.Join(", ", EntityIds)}";
}

/// <summary>The outcome of an earlier call.</summary>
/// <param name="TaskScheduledId">The sequence number of that call.</param>
internal abstract record Completion(DateTime Timestamp, int TaskScheduledId) : HistoryEvent(Timestamp);

internal sealed record TaskCompleted(DateTime Timestamp, int TaskScheduledId, string? Result) : Completion(Timestamp, TaskScheduledId);

internal sealed record TaskFailed(DateTime Timestamp, int TaskScheduledId, Failure Failure) : Completion(Timestamp, TaskScheduledId);

internal sealed record TimerFired(DateTime Timestamp, int TaskScheduledId, DateTime FireAt) : Completion(Timestamp, TaskScheduledId);

internal sealed record SubOrchestrationInstanceCompleted(DateTime Timestamp, int TaskScheduledId, string? Result) : Completion(Timestamp, TaskScheduledId);

internal sealed record SubOrchestrationInstanceFailed(DateTime Timestamp, int TaskScheduledId, Failure Failure) : Completion(Timestamp, TaskScheduledId);

internal sealed record EntityOperationCompleted(DateTime Timestamp, int TaskScheduledId, string? Result) : Completion(Timestamp, TaskScheduledId);

internal sealed record EntityOperationFailed(DateTime Timestamp, int TaskScheduledId, Failure Failure) : Completion(Timestamp, TaskScheduledId);

internal sealed record EntityLockGranted(DateTime Timestamp, int TaskScheduledId) : Completion(Timestamp, TaskScheduledId);
