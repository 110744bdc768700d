using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Embedded.Worker;

/// <summary>A timer function with its schedule.</summary>
internal sealed record ScheduledFunction(Function Function, TimerSchedule Schedule, bool RunOnStartup);

/// <summary>Runs each timer function at its times, one run after the other.</summary>
internal sealed partial class TimerFunctions(
    IReadOnlyList<ScheduledFunction> functions,
    FunctionInvoker invoker,
    TimeProvider clock,
    IHostApplicationLifetime lifetime,
    ILogger<TimerFunctions> logger) : BackgroundService
{
    // Longer waits are cut, because a timer cannot be set for more than some weeks.
    private static readonly TimeSpan _longestWait = TimeSpan.FromDays(7);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await HostStartedAsync(stoppingToken);
        await Task.WhenAll(functions.Select(function => RunAsync(function, stoppingToken)));
    }

    // A run at start-up may use what other parts of the host start.
    private async Task HostStartedAsync(CancellationToken stopping)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stopping);
    }

    private async Task RunAsync(ScheduledFunction timer, CancellationToken stopping)
    {
        var last = default(DateTime);
        var due = timer.RunOnStartup ? Now : timer.Schedule.NextAfter(Now);
        while (true)
        {
            await WaitUntilAsync(due, stopping);
            var next = timer.Schedule.NextAfter(due);
            await InvokeAsync(timer.Function, Info(last, next, isPastDue: Now - due > TimeSpan.FromSeconds(1)), stopping);
            last = due;
            // Occurrences that the run has overrun become one late run.
            due = next;
            while (timer.Schedule.NextAfter(due) is var following && following <= Now)
                due = following;
        }
    }

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    private async Task WaitUntilAsync(DateTime due, CancellationToken stopping)
    {
        while (due - Now is { Ticks: > 0 } wait)
            await Task.Delay(wait < _longestWait ? wait : _longestWait, clock, stopping);
    }

    private async Task InvokeAsync(Function function, TimerInfo info, CancellationToken stopping)
    {
        try
        {
            await invoker.InvokeAsync(function, new TriggerData(info), stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception)
        {
            LogFailed(logger, function.Name, info.ScheduleStatus!.Next, exception);
        }
    }

    private TimerInfo Info(DateTime last, DateTime next, bool isPastDue) => new()
    {
        IsPastDue = isPastDue,
        ScheduleStatus = new ScheduleStatus { Last = last, Next = next, LastUpdated = Now },
    };

    [LoggerMessage(4111, LogLevel.Error, "Timer function '{Function}' failed; it runs next at {Next:u}.")]
    private static partial void LogFailed(ILogger logger, string function, DateTime next, Exception exception);
}
