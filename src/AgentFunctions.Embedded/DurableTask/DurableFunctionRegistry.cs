using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Embedded.DurableTask;

/// <summary>One delivery of an activity. The same task may be delivered again after a crash.</summary>
/// <param name="TaskId">The call's sequence number in the orchestration; with the instance id it names the call.</param>
/// <param name="TraceParent">W3C traceparent of the client that started the orchestration, or null.</param>
/// <param name="CancellationToken">Fires when the host stops and the time to drain is over.</param>
public sealed record ActivityInvocation(
    string Name, string InstanceId, int TaskId, string? SerializedInput, string? TraceParent, CancellationToken CancellationToken);

/// <summary>The durable functions of the app, by name (case-insensitive). Register them before the host starts.</summary>
public sealed class DurableFunctionRegistry
{
    internal Dictionary<string, Func<TaskOrchestrationContext, Task<object?>>> Orchestrators { get; } = new(StringComparer.OrdinalIgnoreCase);

    internal Dictionary<string, Func<ActivityInvocation, Task<object?>>> Activities { get; } = new(StringComparer.OrdinalIgnoreCase);

    internal Dictionary<string, Func<TaskEntityOperation, ValueTask<object?>>> Entities { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <exception cref="ArgumentException">The name is taken.</exception>
    public void AddOrchestrator(string name, Func<TaskOrchestrationContext, Task<object?>> run) => Orchestrators.Add(name, run);

    /// <exception cref="ArgumentException">The name is taken.</exception>
    public void AddActivity(string name, Func<ActivityInvocation, Task<object?>> run) => Activities.Add(name, run);

    /// <exception cref="ArgumentException">The name is taken.</exception>
    public void AddEntity(string name, Func<TaskEntityOperation, ValueTask<object?>> run) => Entities.Add(name, run);
}
