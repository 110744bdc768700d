// Mends runs that nobody would otherwise finish: never scheduled, terminated from outside, or failed hard.
using AgentFunctions.Approvals;
using AgentFunctions.Entities;
using AgentFunctions.Telemetry;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Runs;

/// <summary>
/// Every minute: a stored run has a living orchestration, or is finished from the outside; a trace that could not be made
/// whole when its run ended is completed; a run whose approval was decided, and that did not hear of it, is woken.
/// </summary>
public sealed partial class RunSweeper(
    IRunStore runs, RunStarter starter, RunFinisher finisher, ApprovalResolver approvals, TraceRepair repair, SweepPosition position, TimeProvider time,
    ILogger<RunSweeper> logger)
{
    private const int PageSize = 200;

    // A run younger than this may still be between its row and its orchestration.
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(60);

    // Shorter than the time between two sweeps, so that they do not overlap.
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(40);

    [Function(nameof(RunSweeper))]
    public Task RunAsync([TimerTrigger("15 * * * * *")] TimerInfo timer, [DurableClient] DurableTaskClient client, FunctionContext context) =>
        SweepAsync(client, context.CancellationToken);

    /// <summary>
    /// One sweep over every unfinished run, oldest first; one that cannot be mended now is logged and left for the next sweep. A
    /// sweep whose time is over ends, and the next one goes on where it stopped.
    /// </summary>
    public async Task SweepAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        await MendAllAsync(client, cancellationToken);
        await repair.RepairAsync(cancellationToken);
    }

    private async Task MendAllAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        var (start, before) = (time.GetTimestamp(), time.GetUtcNow() - _grace);
        while (await runs.ListUnfinishedAsync(before, PageSize, position.After, cancellationToken) is { Count: > 0 } page)
        {
            foreach (var run in page)
            {
                if (time.GetElapsedTime(start) >= _longest)
                {
                    LogTimeIsOver(_longest.TotalSeconds);
                    return;
                }

                await TryMendAsync(client, run, cancellationToken);
                position.After = run;
            }
        }

        position.After = null;
    }

    private async Task TryMendAsync(DurableTaskClient client, RunRecord run, CancellationToken cancellationToken)
    {
        try
        {
            await MendAsync(client, run, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogNotMended(e, run.RunId);
        }
    }

    private async Task MendAsync(DurableTaskClient client, RunRecord run, CancellationToken cancellationToken)
    {
        var instance = await client.GetInstanceAsync(run.RunId, cancellationToken);
        if (instance is null)
        {
            await starter.ScheduleAsync(client, run, cancellationToken);
            LogScheduled(run.RunId);
        }
        else if (instance.IsCompleted)
        {
            // First, so that a crash in between loses none: a hook is tried again until the run has ended.
            await starter.ScheduleBackgroundHooksAsync(client, run, cancellationToken);
            await finisher.FinishAsync(OutcomeOf(run, instance), cancellationToken);
            LogFinished(run.RunId, instance.RuntimeStatus);

            await EndTurnAsync(client, run, cancellationToken);
            await client.Entities.SignalEntityAsync(BudgetEntity.OfRun(run.RunId), BudgetEntity.DeleteOperation, cancellation: cancellationToken);
        }
        else
        {
            await approvals.WakeAgainAsync(client, run, cancellationToken);
        }
    }

    // The run that waits next is not told: it looks by itself within minutes.
    private static Task EndTurnAsync(DurableTaskClient client, RunRecord run, CancellationToken cancellationToken) => run.Depth > 0
        ? Task.CompletedTask
        : client.Entities.SignalEntityAsync(
            new EntityInstanceId(nameof(SessionEntity), run.SessionId), nameof(SessionEntity.End), new SessionTurn(run.RunId, run.Usage), cancellation: cancellationToken);

    private static RunOutcome OutcomeOf(RunRecord run, OrchestrationMetadata instance)
    {
        var terminated = instance.RuntimeStatus == OrchestrationRuntimeStatus.Terminated;
        return new RunOutcome
        {
            RunId = run.RunId,
            Status = terminated ? RunStatus.Cancelled : RunStatus.Error,
            TerminationReason = terminated ? "cancelled" : "error",
            Steps = run.Steps,
            Usage = run.Usage,
            CostUsd = run.CostUsd,
            UnpricedCalls = run.UnpricedCalls,
            Error = terminated
                ? new RunError(RunErrorCodes.RunCancelled, "The orchestration was terminated from outside.")
                : new RunError(RunErrorCodes.Unknown, $"The orchestration ended as {instance.RuntimeStatus} before the run was finished."),
            FinishedAt = instance.LastUpdatedAt,
        };
    }

    [LoggerMessage(EventId = 1101, Level = LogLevel.Warning, Message = "Run {RunId} had no orchestration; scheduled it")]
    private partial void LogScheduled(string runId);

    [LoggerMessage(EventId = 1102, Level = LogLevel.Warning, Message = "Run {RunId} was finished by the sweeper: its orchestration had ended as {Status}")]
    private partial void LogFinished(string runId, OrchestrationRuntimeStatus status);

    [LoggerMessage(EventId = 1103, Level = LogLevel.Error, Message = "Run {RunId} could not be mended; the next sweep tries again")]
    private partial void LogNotMended(Exception exception, string runId);

    [LoggerMessage(EventId = 1104, Level = LogLevel.Information, Message = "The sweep over unfinished runs was ended after {Seconds} s; the next one goes on where it stopped")]
    private partial void LogTimeIsOver(double seconds);
}

/// <summary>How far the sweeps of this process have come. Functions are made anew for each call; this is what they share.</summary>
public sealed class SweepPosition
{
    /// <summary>The run that was looked at last; null when the next sweep begins with the oldest.</summary>
    public RunRecord? After { get; set; }
}
