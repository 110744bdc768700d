using System.Diagnostics.Metrics;
using AgentFunctions.Approvals;
using AgentFunctions.Runs;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Telemetry.Metrics;

/// <summary>
/// How many runs there are now, over all instances: read from the run store, since no process knows of all. The store is
/// asked for each scrape, and for other readers at intervals, while there are any.
/// </summary>
public sealed partial class RunGauges : BackgroundService
{
    /// <summary>How many unfinished runs are counted; beyond that the gauges stay at this number.</summary>
    public const int CountLimit = 1000;

    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(15);

    // Well below the time that Prometheus gives a scrape.
    private static readonly TimeSpan _timeLimit = TimeSpan.FromSeconds(5);

    private readonly IRunStore _runs;
    private readonly IApprovalStore _approvals;
    private readonly TimeProvider _time;
    private readonly ILogger<RunGauges> _logger;
    private volatile Counts _counts = new(0, 0, null, new ApprovalCount(0, null));
    private volatile bool _wasRead;

    public RunGauges(AgentMeter agentMeter, IRunStore runs, IApprovalStore approvals, TimeProvider time, ILogger<RunGauges> logger)
    {
        (_runs, _approvals, _time, _logger) = (runs, approvals, time, logger);
        var meter = agentMeter.Meter;
        Gauge("agentfunctions.run.active", "{run}", "Runs that are under way.", counts => counts.Active);
        Gauge("agentfunctions.run.queued", "{run}", "Runs that wait for their first step.", counts => counts.Queued);
        Gauge("agentfunctions.run.oldest.age", "s", "Age of the oldest run that has not ended; 0 without one.", counts => AgeInSeconds(counts.OldestAt));
        Gauge("aixgo_supervisor_active_agents", null, "Agents at work: runs that are under way.", counts => counts.Active);
        Gauge("aixgo_supervisor_message_queue_size", null, "Messages that wait for an agent: runs that wait for their first step.", counts => counts.Queued);
        Gauge("agentfunctions.approval.pending", "{approval}", "Approvals that wait for a decision.", counts => counts.Approvals.Count);
        Gauge("agentfunctions.approval.oldest.age", "s", "Age of the oldest approval that waits; 0 without one.", counts => AgeInSeconds(counts.Approvals.OldestAt));

        void Gauge(string name, string? unit, string description, Func<Counts, double> read) =>
            meter.CreateObservableGauge(name, () => Read(read), unit, description);
    }

    /// <summary>Counts anew. A store that fails leaves the last numbers.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            var unfinished = await _runs.ListUnfinishedAsync(_time.GetUtcNow(), CountLimit, cancellationToken: cancellationToken).WaitAsync(_timeLimit, _time, cancellationToken);
            var pending = await _approvals.CountAsync(new ApprovalQuery(ApprovalStatus.Pending), CountLimit, cancellationToken: cancellationToken).WaitAsync(_timeLimit, _time, cancellationToken);
            var queued = unfinished.Count(run => run.Status == RunStatus.Pending);
            _counts = new Counts(unfinished.Count - queued, queued, unfinished.Count == 0 ? null : unfinished[0].CreatedAt, pending);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotCounted(e);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                if (!_wasRead)
                    continue;
                _wasRead = false;
                await RefreshAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private double Read(Func<Counts, double> read)
    {
        _wasRead = true;
        return read(_counts);
    }

    private double AgeInSeconds(DateTimeOffset? oldestAt) => oldestAt is { } at ? Math.Max(0, (_time.GetUtcNow() - at).TotalSeconds) : 0;

    private sealed record Counts(int Active, int Queued, DateTimeOffset? OldestAt, ApprovalCount Approvals);

    [LoggerMessage(EventId = 1601, Level = LogLevel.Warning, Message = "The run store could not be asked how many runs there are; the gauges keep their last numbers")]
    private partial void LogNotCounted(Exception exception);
}
