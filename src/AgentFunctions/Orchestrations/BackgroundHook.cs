// A background hook as an orchestration of its own: tried until it succeeds, or until it is given up.
using AgentFunctions.Activities;
using AgentFunctions.Hooks;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace AgentFunctions.Orchestrations;

/// <summary>
/// Started by the end of a run, which does not wait for it. An instance that failed is a dead letter: it stays, is listed, and
/// can be tried again.
/// </summary>
public static class BackgroundHook
{
    private static readonly TimeSpan _first = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longest = TimeSpan.FromMinutes(10);

    [Function(nameof(BackgroundHook))]
    public static Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, BackgroundHookJob job) =>
        context.CallActivityAsync(nameof(RunBackgroundHook), job, TaskOptions.FromRetryPolicy(
            new RetryPolicy(job.Attempts, _first, backoffCoefficient: 4, _longest)));

    /// <summary>Starts the run's background hooks. Whoever waits for the run does not wait for them, and their failure is not the run's.</summary>
    internal static Task StartAllAsync(RunScope scope) =>
        Task.WhenAll((scope.Run.BackgroundHooks ?? []).Select(job => scope.Context.CallActivityAsync(nameof(StartBackgroundHook), job, RunScope.Patient)));
}
