using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using AgentFunctions.Telemetry.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Health;

/// <summary>
/// Whether the app can take runs: all checks at the same time, each within its time limit. Once the host has begun to stop,
/// the answer is no, at once, while requests in flight still end.
/// </summary>
public sealed partial class Readiness
{
    /// <summary>How long one check may take.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(5);

    private readonly IReadOnlyList<HealthCheck> _checks;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TimeProvider _time;
    private readonly ILogger<Readiness> _logger;
    private readonly ConcurrentDictionary<string, Lazy<Task<string>>> _underWay = new();
    private readonly ConcurrentDictionary<string, HealthStatus> _last = new();
    private volatile HealthReport? _report;

    public Readiness(IEnumerable<HealthCheck> checks, IHostApplicationLifetime lifetime, AgentMeter meter, TimeProvider time, ILogger<Readiness> logger)
    {
        (_checks, _lifetime, _time, _logger) = ([.. checks], lifetime, time, logger);
        meter.Meter.CreateObservableGauge(
            "agentfunctions.ready", MeasureReady, null, "Whether the app could take runs when it was last asked: 1 or 0.");
        meter.Meter.CreateObservableGauge(
            "agentfunctions.health", MeasureChecks, null, "Whether each check was well when it was last made: 1 or 0.");
    }

    /// <param name="more">Checks that only the caller can make.</param>
    public async Task<HealthReport> CheckAsync(params HealthCheck[] more) => _report = _lifetime.ApplicationStopping.IsCancellationRequested
        ? new HealthReport([new HealthEntry("host", HealthStatus.Unhealthy, "The host is stopping.", _time.GetUtcNow(), TimeSpan.Zero)])
        : new HealthReport(await Task.WhenAll(_checks.Concat(more).Select(CheckAsync)));

    private IEnumerable<Measurement<int>> MeasureReady() =>
        _report is { } report ? [new Measurement<int>(report.Status == HealthStatus.Unhealthy ? 0 : 1)] : [];

    private IEnumerable<Measurement<int>> MeasureChecks() => (_report?.Checks ?? []).Select(check =>
        new Measurement<int>(check.Status == HealthStatus.Healthy ? 1 : 0, new KeyValuePair<string, object?>("check", check.Name)));

    private async Task<HealthEntry> CheckAsync(HealthCheck check)
    {
        var started = _time.GetUtcNow();
        var (status, message, error) = await RunAsync(check);
        if (_last.GetValueOrDefault(check.Name) != status)
            LogChange(status == HealthStatus.Healthy ? LogLevel.Information : LogLevel.Warning, error, check.Name, status, message);
        _last[check.Name] = status;
        return new HealthEntry(check.Name, status, message, started, _time.GetUtcNow() - started);
    }

    private async Task<(HealthStatus Status, string Message, Exception? Error)> RunAsync(HealthCheck check)
    {
        var failed = check.IsCritical ? HealthStatus.Unhealthy : HealthStatus.Degraded;
        try
        {
            return (HealthStatus.Healthy, await BeginAsync(check).WaitAsync(TimeLimit, _time), null);
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
            using var timeUp = new CancellationTokenSource(TimeLimit, _time);
            return await check.RunAsync(timeUp.Token);
        }));
    }

    [LoggerMessage(EventId = 1501, Message = "Check {Check} is {Status}: {Reason}")]
    private partial void LogChange(LogLevel level, Exception? error, string check, HealthStatus status, string reason);
}
