// What every part of a run's orchestration needs: the context, the run, its cancel request, waits that heed it.
using AgentFunctions.Budgets;
using AgentFunctions.Runs;
using Microsoft.DurableTask;

namespace AgentFunctions.Orchestrations;

internal sealed class RunScope(TaskOrchestrationContext context, RunStart run)
{
    /// <summary>For activities that answer what a model or tool did as a result: an exception of theirs means that a store or the host failed.</summary>
    public static readonly TaskOptions Patient = TaskOptions.FromRetryPolicy(
        new RetryPolicy(maxNumberOfAttempts: 8, firstRetryInterval: TimeSpan.FromSeconds(1), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(1)));

    public TaskOrchestrationContext Context => context;

    public RunStart Run => run;

    public RunLog Log { get; } = new(context, run);

    /// <summary>Completes when somebody asks the run to stop.</summary>
    public Task Cancelled { get; } = context.WaitForExternalEvent<object?>(AgentRun.CancelEvent);

    /// <summary>When the run, or a member that works for it, waited for people.</summary>
    public WaitLog Waits { get; } = new();

    /// <summary>The run's place in its session, from 1; 0 for a member's run.</summary>
    public int SessionPosition { get; set; }

    public DateTimeOffset Now => new(context.CurrentUtcDateTime, TimeSpan.Zero);

    /// <summary>False when the run was cancelled while it waited.</summary>
    public async Task<bool> WaitAsync(TimeSpan delay) => await FirstAsync(delay, Cancelled) is null;

    /// <summary>The first of the tasks to complete, or null when none did within the time.</summary>
    public async Task<Task?> FirstAsync(TimeSpan within, params Task[] tasks)
    {
        using var stop = new CancellationTokenSource();
        var timer = context.CreateTimer(within, stop.Token);
        var first = await Task.WhenAny([.. tasks, timer]);
        if (first == timer)
            return null;
        // Not CancelAsync: an orchestrator may only await what its context made.
        stop.Cancel();
        return first;
    }
}
