using System.Diagnostics.Metrics;
using AgentFunctions.Costs;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry.Metrics;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Traces;
using Microsoft.Extensions.Logging;
using Moq;

namespace AgentFunctions.Tests.Costs;

/// <summary>Limits of a UTC day: what this process used, what the trace store knows of others, and midnight.</summary>
public sealed class DailySpendingTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly AgentMeter _meter = new();
    private readonly List<string> _log = [];
    private readonly List<StatisticsQuery> _reads = [];
    private Func<SpanStatistics[]> _stored = () => [];

    public void Dispose() => _meter.Dispose();

    [Fact]
    public async Task New_runs_pause_until_midnight_UTC_once_the_days_tokens_are_used()
    {
        var spending = Open(new DailyLimits(Tokens: 100));

        await spending.AddAsync(Call(99), default);
        Assert.Null(await spending.PauseAsync(default));
        await spending.AddAsync(Call(1), default);
        var pause = await spending.PauseAsync(default);

        Assert.Equal(_time.GetUtcNow().UtcDateTime.Date.AddDays(1), (_time.GetUtcNow() + pause)!.Value.UtcDateTime);
        _time.Advance(pause!.Value);
        Assert.Null(await spending.PauseAsync(default));
    }

    [Fact]
    public async Task What_was_used_before_a_restart_counts()
    {
        _stored = () => [Stored(tokens: 100, cost: 0)];
        Assert.NotNull(await Open(new DailyLimits(Tokens: 100)).PauseAsync(default));
    }

    [Fact]
    public async Task What_other_processes_use_counts_when_it_is_read_again()
    {
        var spending = Open(new DailyLimits(Tokens: 100));
        Assert.Null(await spending.PauseAsync(default));
        _stored = () => [Stored(tokens: 100, cost: 0)];

        Assert.Null(await spending.PauseAsync(default));
        _time.Advance(DailySpending.Freshness);
        Assert.NotNull(await spending.PauseAsync(default));
        Assert.Equal(2, _reads.Count);
    }

    [Fact]
    public async Task A_call_that_the_store_has_already_is_not_counted_twice()
    {
        _stored = () => [Stored(tokens: 60, cost: 0)];
        var spending = Open(new DailyLimits(Tokens: 100));
        await spending.AddAsync(Call(60), default);
        Assert.Null(await spending.PauseAsync(default));
    }

    [Fact]
    public async Task Only_the_model_calls_of_the_UTC_day_are_read()
    {
        await Open(new DailyLimits(Tokens: 100)).PauseAsync(default);

        var query = Assert.Single(_reads);
        Assert.Equal(("LLM", _time.GetUtcNow().UtcDateTime.Date, TimeSpan.FromDays(1)), (query.Type, query.From.UtcDateTime, query.To - query.From));
    }

    [Fact]
    public async Task A_store_that_fails_does_not_stop_the_app_and_is_told()
    {
        _stored = () => throw new IOException("gone");
        var spending = Open(new DailyLimits(Tokens: 100));

        Assert.Null(await spending.PauseAsync(default));
        await spending.AddAsync(Call(100), default);
        Assert.NotNull(await spending.PauseAsync(default));
        Assert.Contains("could not be read", Assert.Single(_log));
    }

    [Fact]
    public async Task Costs_that_pass_the_threshold_are_warned_of_once_a_day()
    {
        var alerts = 0L;
        using var listener = Listen(count => alerts += count);
        var spending = Open(new DailyLimits(AlertUsd: 1));

        await spending.AddAsync(Call(1, 0.99m), default);
        Assert.Empty(_log);
        await spending.AddAsync(Call(1, 0.01m), default);
        await spending.AddAsync(Call(1, 5m), default);
        Assert.Contains("cost_alert_threshold (1)", Assert.Single(_log));
        _time.Advance(TimeSpan.FromDays(1));
        await spending.AddAsync(Call(1, 1m), default);

        Assert.Equal((2, 2L), (_log.Count, alerts));
    }

    [Fact]
    public async Task Without_limits_nothing_is_read()
    {
        var spending = Open(new DailyLimits());
        await spending.AddAsync(Call(100, 100), default);
        Assert.Null(await spending.PauseAsync(default));
        Assert.Empty(_reads);
    }

    private DailySpending Open(DailyLimits limits)
    {
        var traces = new Mock<ITraceQueries>();
        traces.Setup(t => t.GetStatisticsAsync(It.IsAny<StatisticsQuery>(), It.IsAny<CancellationToken>()))
            .Returns((StatisticsQuery query, CancellationToken _) =>
            {
                _reads.Add(query);
                return Task.FromResult<IReadOnlyList<SpanStatistics>>(_stored());
            });
        return new DailySpending(new(() => traces.Object), limits, _meter, _time, new ListLogger(_log));
    }

    private MeterListener Listen(Action<long> count)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter == _meter.Meter && instrument.Name == "agentfunctions.cost.alerts")
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => count(value));
        listener.Start();
        return listener;
    }

    private ModelStepResult Call(long tokens, decimal? cost = null) => new()
    {
        Step = 1,
        Attempt = 1,
        Status = ModelStepStatus.Succeeded,
        Usage = new RunUsage(tokens, 0, 0, 0),
        CostUsd = cost,
        StartedAt = _time.GetUtcNow(),
        EndedAt = _time.GetUtcNow(),
    };

    private SpanStatistics Stored(long tokens, decimal cost) => new(["today"])
    {
        Calls = 1,
        AvgDurationMs = 1,
        P50DurationMs = 1,
        P95DurationMs = 1,
        MaxDurationMs = 1,
        Errors = 0,
        FirstCalledAt = _time.GetUtcNow(),
        LastCalledAt = _time.GetUtcNow(),
        Usage = new RunUsage(tokens, 0, 0, 0),
        CostUsd = cost,
    };

    private sealed class ListLogger(List<string> lines) : ILogger<DailySpending>
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Add(formatter(state, exception));
    }
}
