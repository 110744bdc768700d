using Azure;

namespace AgentFunctions.Storage;

/// <summary>
/// What happens when two writers meet: optimistic concurrency between processes, with a bounded number of tries and a
/// random pause between them.
/// </summary>
/// <param name="time">Times the pauses.</param>
/// <param name="jitter">Gives numbers from 0 to 1; called by many threads.</param>
public sealed class WriteConflicts(TimeProvider time, Func<double> jitter)
{
    private const int MaxTries = 40;
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(1);

    /// <summary>True when the write lost against another one: the row exists, has changed or is gone.</summary>
    internal static bool IsConflict(RequestFailedException e) => e.Status == 412 || e.ErrorCode is "EntityAlreadyExists" or "ResourceNotFound";

    /// <summary>Calls <paramref name="attempt"/> until it returns a value; it returns null when it lost against another writer.</summary>
    /// <exception cref="TimeoutException">It lost every time.</exception>
    internal async Task<T> ResolveAsync<T>(string what, Func<int, Task<T?>> attempt, CancellationToken cancellationToken)
        where T : class
    {
        for (var n = 0; n < MaxTries; n++)
        {
            if (await attempt(n) is { } done)
            {
                return done;
            }
            var longest = TimeSpan.FromTicks(Math.Min(s_longestPause.Ticks, s_firstPause.Ticks << Math.Min(n, 10)));
            await Task.Delay(longest * jitter(), time, cancellationToken);
        }
        throw new TimeoutException($"{what} could not be written: other writers were first {MaxTries} times. Write less often to it, or from fewer instances.");
    }
}

/// <summary>Queues the writers of one key within the process, so that they do not conflict with each other.</summary>
internal sealed class WriteQueues
{
    // A key always falls on the same gate; keys that share one only wait for each other.
    private readonly SemaphoreSlim[] _gates = [.. Enumerable.Range(0, 128).Select(_ => new SemaphoreSlim(1))];

    public Task<T> RunAsync<T>(string key, Func<Task<T>> write, CancellationToken cancellationToken) => RunAsync([key], write, cancellationToken);

    public async Task<T> RunAsync<T>(IReadOnlyList<string> keys, Func<Task<T>> write, CancellationToken cancellationToken)
    {
        var taken = new Stack<SemaphoreSlim>();
        try
        {
            // Everybody takes gates in their order, so nobody waits for one who waits for him.
            foreach (var gate in keys.Select(GateOf).Distinct().Order().Select(n => _gates[n]))
            {
                await gate.WaitAsync(cancellationToken);
                taken.Push(gate);
            }
            return await write();
        }
        finally
        {
            foreach (var gate in taken)
            {
                gate.Release();
            }
        }
    }

    private int GateOf(string key) => (int)((uint)string.GetHashCode(key, StringComparison.Ordinal) % (uint)_gates.Length);
}
