using System.Collections.Concurrent;
using AgentFunctions.Tests.Engine;

namespace AgentFunctions.Tests.Semantics;

/// <summary>An activity that a test ends when it wants to, one call at a time by the call's input.</summary>
internal sealed class HeldActivity
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _begun = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<object?>> _ends = new();

    public Task<object?> RunAsync(string call)
    {
        BegunOf(call).TrySetResult();
        return EndOf(call).Task;
    }

    public Task BegunAsync(string call) => BegunOf(call).Task.WaitAsync(EngineHost.Patience);

    public void Return(string call, object? result = null) => EndOf(call).SetResult(result);

    public void Throw(string call, Exception exception) => EndOf(call).SetException(exception);

    private TaskCompletionSource BegunOf(string call) =>
        _begun.GetOrAdd(call, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    private TaskCompletionSource<object?> EndOf(string call) =>
        _ends.GetOrAdd(call, _ => new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously));
}
