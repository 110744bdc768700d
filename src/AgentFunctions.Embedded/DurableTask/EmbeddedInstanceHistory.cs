using AgentFunctions.Embedded.Engine;

namespace AgentFunctions.Embedded.DurableTask;

/// <summary>The history of an orchestration in the shape that the durable management endpoint prints.</summary>
public interface IInstanceHistory
{
    /// <param name="includeOutputs">With the results of activities, sub-orchestrations and the orchestration itself.</param>
    /// <returns>The events of the current execution in order, or null if there is no such instance.</returns>
    Task<IReadOnlyList<HistoryRecord>?> GetHistoryAsync(string instanceId, bool includeOutputs, CancellationToken ct);
}

/// <summary>One event as the management endpoint prints it: null members are left out. Inputs and results are serialized values.</summary>
public sealed record HistoryRecord
{
    /// <summary>The kind of event, such as TaskCompleted.</summary>
    public required string EventType { get; init; }

    /// <summary>The sequence number of the call that the event records or answers.</summary>
    public int? EventId { get; init; }

    /// <summary>When it happened, UTC.</summary>
    public required DateTime Timestamp { get; init; }

    /// <summary>When the call that this event answers was made, UTC.</summary>
    public DateTime? ScheduledTime { get; init; }

    /// <summary>The function that was called, or the orchestrator that started.</summary>
    public string? FunctionName { get; init; }

    /// <summary>The name of an event, or of a call that is still open.</summary>
    public string? Name { get; init; }

    /// <summary>The sub-orchestration, entity or orchestration that was addressed.</summary>
    public string? InstanceId { get; init; }

    public string? Input { get; init; }

    public string? Result { get; init; }

    /// <summary>A failure's message, or why a client suspended, resumed, rewound or terminated.</summary>
    public string? Reason { get; init; }

    /// <summary>A failure's stack trace.</summary>
    public string? Details { get; init; }

    /// <summary>When a timer is due, UTC.</summary>
    public DateTime? FireAt { get; init; }

    /// <summary>How the orchestration ended.</summary>
    public string? OrchestrationStatus { get; init; }
}

/// <summary>
/// Prints history as Durable Functions does: an answered call appears once, as its answer; the marks of episodes are left out;
/// entity calls appear as events sent and raised.
/// </summary>
internal sealed class EmbeddedInstanceHistory(EngineClient engine) : IInstanceHistory
{
    public async Task<IReadOnlyList<HistoryRecord>?> GetHistoryAsync(string instanceId, bool includeOutputs, CancellationToken ct)
    {
        if (await engine.HistoryAsync(instanceId, ct) is not { } history)
        {
            return null;
        }
        var answered = history.OfType<Completion>().Select(answer => answer.TaskScheduledId).ToHashSet();
        var calls = history.OfType<Decision>().ToDictionary(call => call.EventId);
        return
        [
            .. from item in history
               let call = item is Completion answer ? calls.GetValueOrDefault(answer.TaskScheduledId) : null
               where item is not (TaskScheduled or SubOrchestrationInstanceCreated) || !answered.Contains(((Decision)item).EventId)
               let record = Print(item, call)
               where record is not null
               select includeOutputs ? record : record with { Result = null },
        ];
    }

    private static HistoryRecord? Print(HistoryEvent item, Decision? call)
    {
        var record = new HistoryRecord
        {
            EventType = item.GetType().Name,
            EventId = item is Decision made ? made.EventId : call?.EventId,
            Timestamp = item.Timestamp,
        };
        return item switch
        {
            OrchestratorStarted or OrchestratorCompleted => null,
            ExecutionStarted start => record with { FunctionName = start.Name, Input = start.Input },
            ExecutionCompleted end => record with
            {
                OrchestrationStatus = end.OrchestrationStatus.ToString(),
                Result = end.Result,
                Reason = end.Failure?.Message,
                Details = end.Failure?.StackTrace,
            },
            ExecutionTerminated control => record with { Input = control.Output },
            ExecutionSuspended control => record with { Reason = control.Reason },
            ExecutionResumed control => record with { Reason = control.Reason },
            ExecutionRewound control => record with { Reason = control.Reason },
            EventRaised raised => record with { Name = raised.Name, Input = raised.Input },
            Decision decision => PrintCall(record, decision),
            Completion completion => PrintAnswer(record, completion, call),
            _ => record,
        };
    }

    private static HistoryRecord PrintCall(HistoryRecord record, Decision call) => call switch
    {
        TaskScheduled task => record with { Name = task.Name, Input = task.Input },
        SubOrchestrationInstanceCreated child => record with { Name = child.Name, InstanceId = child.InstanceId, Input = child.Input },
        TimerCreated timer => record with { FireAt = timer.FireAt },
        EventSent sent => record with { Name = sent.Name, InstanceId = sent.InstanceId, Input = sent.Input },
        EntityOperationCalled op => record with { EventType = nameof(EventSent), Name = op.Operation, InstanceId = op.EntityId, Input = op.Input },
        EntityOperationSignaled op => record with { EventType = nameof(EventSent), Name = op.Operation, InstanceId = op.EntityId, Input = op.Input },
        EntityLockRequested op => record with { EventType = nameof(EventSent), Name = "lock", InstanceId = string.Join(", ", op.EntityIds) },
        EntityUnlockSent op => record with { EventType = nameof(EventSent), Name = "release", InstanceId = string.Join(", ", op.EntityIds) },
        _ => record,
    };

    private static HistoryRecord PrintAnswer(HistoryRecord record, Completion answer, Decision? call)
    {
        record = call switch
        {
            TaskScheduled task => record with { ScheduledTime = task.Timestamp, FunctionName = task.Name, Input = task.Input },
            SubOrchestrationInstanceCreated child => record with { ScheduledTime = child.Timestamp, FunctionName = child.Name, Input = child.Input },
            EntityOperationCalled op => record with { EventType = nameof(EventRaised), Name = op.Operation, InstanceId = op.EntityId },
            EntityLockRequested => record with { EventType = nameof(EventRaised), Name = "lock" },
            _ => record,
        };
        return answer switch
        {
            TaskCompleted done => record with { Result = done.Result },
            SubOrchestrationInstanceCompleted done => record with { Result = done.Result },
            EntityOperationCompleted done => record with { Result = done.Result },
            TaskFailed failed => record with { Reason = failed.Failure.Message, Details = failed.Failure.StackTrace },
            SubOrchestrationInstanceFailed failed => record with { Reason = failed.Failure.Message, Details = failed.Failure.StackTrace },
            EntityOperationFailed failed => record with { Reason = failed.Failure.Message, Details = failed.Failure.StackTrace },
            TimerFired fired => record with { FireAt = fired.FireAt },
            _ => record,
        };
    }
}
