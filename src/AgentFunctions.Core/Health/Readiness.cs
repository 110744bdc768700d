using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Health;

/// <summary>
/// Whether the app can take runs: all checks at the same time, each within its time limit. Once the host has begun to stop,
/// the answer is no, at once, while requests in flight still end.
/// </summary>
public sealed partial class Readiness(
    IEnumerable<HealthCheck> checks, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<Readiness> logger)
{
    /// <summary>How long one check may take.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Lazy<Task<string>>> _underWay = new();
    private readonly ConcurrentDictionary<string, HealthStatus> _last = new();

    /// <param name="more">Checks that only the caller can make.</param>
    public async Task<HealthReport> CheckAsync(params HealthCheck[] more)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            return new HealthReport([new HealthEntry("host", HealthStatus.Unhealthy, "The host is stopping.", time.GetUtcNow(), TimeSpan.Zero)]);
        return new HealthReport(await Task.WhenAll(checks.Concat(more).Select(CheckAsync)));
    }

    private async Task<HealthEntry> CheckAsync(HealthCheck check)
    {
        var started = time.GetUtcNow();
        var (status, message, error) = await RunAsync(check);
        if (_last.GetValueOrDefault(check.Name) != status)
            LogChange(status == HealthStatus.Healthy ? LogLevel.Information : LogLevel.Warning, error, check.Name, status, message);
        _last[check.Name] = status;
        return new HealthEntry(check.Name, status, message, started, time.GetUtcNow() - started);
    }

    private async Task<(HealthStatus Status, string Message, Exception? Error)> RunAsync(HealthCheck check)
    {
        var failed = check.IsCritical ? HealthStatus.Unhealthy : HealthStatus.Degraded;
        try
        {
            return (HealthStatus.Healthy, await BeginAsync(check).WaitAsync(TimeLimit, time), null);
        }
        catch (TimeoutException e)
        {
            return (failed, $"No answer within {TimeLimit.TotalSeconds:0} s.", e);
        }
        catch (HealthException e)
        {
            return (failed, e.Message, null);
        }
        catch (Exception e)
        {
            return (failed, $"Failed ({e.GetType().Name}); the log has the details.", e);
        }
    }

    // A check that hangs is not begun a second time: probes come every few seconds and would pile up.
    private Task<string> BeginAsync(HealthCheck check)
    {
        var run = _underWay.AddOrUpdate(check.Name, _ => Start(), (_, earlier) => earlier.Value.IsCompleted ? Start() : earlier);
        return run.Value;

        // On a thread of its own: a check may block before it awaits.
        Lazy<Task<string>> Start() => new(() => Task.Run(async () =>
        {
            using var timeUp = new CancellationTokenSource(TimeLimit, time);
            return await check.RunAsync(timeUp.Token);
        }));
    }

    [LoggerMessage(EventId = 1501, Message = "Check {Check} is {Status}: {Reason}")]
    private partial void LogChange(LogLevel level, Exception? error, string check, HealthStatus status, string reason);
}
