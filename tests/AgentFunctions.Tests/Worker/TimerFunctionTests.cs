using System.Threading.Channels;
using AgentFunctions.Tests.Engine;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tests.Worker;

/// <summary>Timer functions on a clock that the test moves.</summary>
public sealed class TimerFunctionTests
{
    public sealed class Runs
    {
        public Channel<TimerInfo> Begun { get; } = Channel.CreateUnbounded<TimerInfo>();

        public Channel<bool> MayEnd { get; } = Channel.CreateUnbounded<bool>();
    }

    public sealed class Samples(Runs runs)
    {
        [Function("Tick")]
        public async Task Tick([TimerTrigger("%TICK%", RunOnStartup = true)] TimerInfo timer)
        {
            runs.Begun.Writer.TryWrite(timer);
            if (!await runs.MayEnd.Reader.ReadAsync())
                throw new InvalidOperationException("This run fails.");
        }
    }

    private static readonly DateTime _start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly FakeTime _clock = new();
    private readonly Runs _runs = new();

    private Task<FunctionsHost> StartAsync()
    {
        var builder = FunctionsHost.Builder(typeof(Samples));
        builder.Configuration["TICK"] = "0 */10 * * * *";
        builder.Services.AddSingleton(_runs).AddSingleton<TimeProvider>(_clock);
        return FunctionsHost.StartAsync(builder);
    }

    [Fact]
    public async Task It_runs_at_start_and_then_at_its_times_also_after_a_run_has_failed()
    {
        await using var host = await StartAsync();
        var atStart = await BegunAsync();
        Assert.Equal(_start.AddMinutes(10), atStart.ScheduleStatus!.Next);
        _runs.MayEnd.Writer.TryWrite(false);

        _clock.Advance(TimeSpan.FromMinutes(10));
        var second = await BegunAsync();
        Assert.Equal((_start, _start.AddMinutes(20), false), (second.ScheduleStatus!.Last, second.ScheduleStatus.Next, second.IsPastDue));
        _runs.MayEnd.Writer.TryWrite(true);
    }

    [Fact]
    public async Task It_never_overlaps_itself_and_what_a_run_has_overrun_becomes_one_late_run()
    {
        await using var host = await StartAsync();
        await BegunAsync();
        _clock.Advance(TimeSpan.FromMinutes(35));
        Assert.False(_runs.Begun.Reader.TryRead(out _));

        _runs.MayEnd.Writer.TryWrite(true);
        var late = await BegunAsync();
        Assert.Equal((true, _start.AddMinutes(40)), (late.IsPastDue, late.ScheduleStatus!.Next));
        _runs.MayEnd.Writer.TryWrite(true);
        _clock.Advance(TimeSpan.FromMinutes(5));
        var onTime = await BegunAsync();
        Assert.False(onTime.IsPastDue);
        _runs.MayEnd.Writer.TryWrite(true);
    }

    private async Task<TimerInfo> BegunAsync() => await _runs.Begun.Reader.ReadAsync().AsTask().WaitAsync(FunctionsHost.Patience);
}
