using System.Diagnostics.Metrics;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Metrics;
using AgentFunctions.Traces;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Costs;

/// <summary>Limits of one UTC day, over all runs of the app; null sets none.</summary>
/// <param name="Tokens">No new run starts once this many were used.</param>
/// <param name="AlertUsd">US dollars at which one warning is given.</param>
public sealed record DailyLimits(long? Tokens = null, decimal? AlertUsd = null)
{
    public bool Any => Tokens is not null || AlertUsd is not null;
}

/// <summary>
/// What the app used today: this process's calls as they are committed, and those of other processes and of the time before
/// a restart as the trace store has them, read again every <see cref="Freshness"/>. The sum never goes back within a day.
/// </summary>
/// <param name="traces">Read only when there are limits.</param>
public sealed partial class DailySpending(Lazy<ITraceQueries> traces, DailyLimits limits, AgentMeter meter, TimeProvider time, ILogger<DailySpending> logger)
{
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Counter<long> _alerts = meter.Meter.CreateCounter<long>(
        "agentfunctions.cost.alerts", "{alert}", "Days on which costs passed cost_alert_threshold.");

    private DateOnly _day;
    private long _tokens;
    private decimal _cost;
    private DateTimeOffset? _readAt;
    private bool _alerted;

    /// <summary>Counts a call that was committed, once.</summary>
    public async Task AddAsync(ModelStepResult result, CancellationToken cancellationToken)
    {
        if (!limits.Any)
            return;
        lock (_lock)
        {
            EnterDay(time.GetUtcNow());
            _tokens += result.Usage.TotalTokens;
            _cost += result.CostUsd ?? 0;
        }

        // After adding: what is read may have this call already, and the larger of the two sums stands.
        await RefreshAsync(cancellationToken);
        AlertOnce();
    }

    /// <summary>The time until new runs may start again, when today's tokens are used up; else null.</summary>
    public async Task<TimeSpan?> PauseAsync(CancellationToken cancellationToken)
    {
        if (limits.Tokens is not { } limit)
            return null;
        await RefreshAsync(cancellationToken);
        var now = time.GetUtcNow();
        lock (_lock)
        {
            return _tokens >= limit ? StartOf(Today(now).AddDays(1)) - now : null;
        }
    }

    // A store that cannot be read does not stop the app: then this process's own calls count.
    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (!BeginRead(now))
            return;
        try
        {
            var groups = await traces.Value.GetStatisticsAsync(QueryOf(Today(now)), cancellationToken);
            lock (_lock)
            {
                _tokens = Math.Max(_tokens, groups.Sum(g => g.Usage.TotalTokens));
                _cost = Math.Max(_cost, groups.Sum(g => g.CostUsd ?? 0));
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogNotRead(e);
        }
    }

    /// <summary>True for the caller who shall read.</summary>
    private bool BeginRead(DateTimeOffset now)
    {
        lock (_lock)
        {
            EnterDay(now);
            if (_readAt is { } at && now - at < Freshness)
                return false;
            _readAt = now;
            return true;
        }
    }

    // A new day begins at nothing. Called under the lock.
    private void EnterDay(DateTimeOffset now)
    {
        if (_day != Today(now))
            (_day, _tokens, _cost, _readAt, _alerted) = (Today(now), 0, 0, null, false);
    }

    private void AlertOnce()
    {
        decimal cost;
        lock (_lock)
        {
            cost = _cost;
            if (_alerted || !(cost >= limits.AlertUsd))
                return;
            _alerted = true;
        }

        _alerts.Add(1);
        LogAlert(cost, limits.AlertUsd!.Value);
    }

    private static StatisticsQuery QueryOf(DateOnly day) => new()
    {
        By = [StatisticsKey.Day],
        From = StartOf(day),
        To = StartOf(day.AddDays(1)),
        Type = GenAiAttributes.ModelKind,
    };

    private static DateOnly Today(DateTimeOffset now) => DateOnly.FromDateTime(now.UtcDateTime);

    private static DateTimeOffset StartOf(DateOnly day) => new(day, TimeOnly.MinValue, TimeSpan.Zero);

    [LoggerMessage(EventId = 1401, Level = LogLevel.Warning, Message = "Model calls of today (UTC) cost {Cost} US dollars and passed cost_alert_threshold ({Threshold})")]
    private partial void LogAlert(decimal cost, decimal threshold);

    [LoggerMessage(EventId = 1402, Level = LogLevel.Warning, Message = "Today's usage could not be read from the trace store; until it can, daily limits count this process's calls only")]
    private partial void LogNotRead(Exception exception);
}
