// The load of the loop: a closed loop of clients in the engine's process.
using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Benchmarks.Durable;

/// <summary>Runs that ended in a window, with what their clients and activities saw.</summary>
/// <param name="Runs">Milliseconds from a client's start call to its knowledge of the end, one a run.</param>
/// <param name="Gaps">Milliseconds from the begin of an activity to the begin of the run's next.</param>
internal sealed record LoopWindow(double Seconds, IReadOnlyList<double> Runs, IReadOnlyList<double> Gaps)
{
    public double RunsPerSecond => Runs.Count / Seconds;
}

internal sealed class LoopLoad(DurableTaskClient client, LoopContent content, StepClock clock)
{
    private readonly int _characters = Enumerable.Range(0, AgentLoop.Steps).Sum(step => content.Of(step).Length);

    /// <summary>So many clients, each of which starts a run, waits for its end and starts the next, until the time is over.</summary>
    public async Task<LoopWindow> RunAsync(int concurrency, TimeSpan duration)
    {
        var (runs, gaps) = (new ConcurrentBag<double>(), new ConcurrentBag<double>());
        var window = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, concurrency).Select(_ => Task.Run(async () =>
        {
            while (window.Elapsed < duration)
                await RunOneAsync(runs, gaps);
        })));
        return new LoopWindow(window.Elapsed.TotalSeconds, [.. runs], [.. gaps]);
    }

    private async Task RunOneAsync(ConcurrentBag<double> runs, ConcurrentBag<double> gaps)
    {
        var begin = Stopwatch.GetTimestamp();
        var id = await client.ScheduleNewOrchestrationInstanceAsync(nameof(AgentLoop.RunLoop), AgentLoop.Steps);
        var end = await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true);
        runs.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        if (end.RuntimeStatus != OrchestrationRuntimeStatus.Completed || end.ReadOutputAs<int>() != _characters)
            throw new InvalidOperationException($"A run ended as {end.RuntimeStatus} with {end.SerializedOutput}: {end.FailureDetails}");
        if (clock.CountOf(id) != AgentLoop.Steps)
            throw new InvalidOperationException($"A run of {AgentLoop.Steps} steps began {clock.CountOf(id)} activities.");
        foreach (var gap in clock.TakeGaps(id))
            gaps.Add(gap);
    }
}
