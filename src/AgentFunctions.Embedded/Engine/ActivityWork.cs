namespace AgentFunctions.Embedded.Engine;

/// <summary>An activity to run: one call of one execution. It is delivered again after a crash until its outcome is in history.</summary>
/// <param name="TaskId">The call's sequence number in the execution.</param>
internal sealed record ActivityWork(
    string InstanceId, string ExecutionId, int TaskId, string Name, string? Input, string? TraceParent);

/// <summary>An activity's outcome, on its way into history. It is held in memory and is durable with the episode that uses it.</summary>
internal sealed record ActivityOutcome(string ExecutionId, Completion Event);
