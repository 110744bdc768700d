// Runs that wait for an external event, and what each does once it comes.
using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace AgentFunctions.Benchmarks.Durable;

internal sealed class ParkedRuns(Wakes wakes)
{
    public const string Event = "go";

    [Function(nameof(Park))]
    public static async Task Park([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        await context.WaitForExternalEvent<string>(Event);
        await context.CallActivityAsync(nameof(Awake));
    }

    [Function(nameof(Awake))]
    public void Awake([ActivityTrigger] FunctionContext context, string instanceId) => wakes.Arrive(instanceId);
}

/// <summary>Tells when a run that was woken is in its activity.</summary>
internal sealed class Wakes
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<long>> _expected = new();

    /// <returns>The timestamp at which the activity of the run begins.</returns>
    public Task<long> Expect(string instanceId) =>
        _expected.GetOrAdd(instanceId, static _ => new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Arrive(string instanceId)
    {
        if (_expected.TryRemove(instanceId, out var waiter))
            waiter.SetResult(Stopwatch.GetTimestamp());
    }
}
