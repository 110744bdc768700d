using System.Text.Json.Nodes;
using AgentFunctions.Telemetry;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Traces;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Tests.Telemetry;

[Collection(TelemetryTests.Name)]
public sealed class SpanWriterTests : IDisposable
{
    private static readonly TimeSpan _long = TimeSpan.FromSeconds(20);

    private readonly MemoryTraceStore _store = new();
    private readonly LogLines _log = new();
    private readonly DropCounter _dropped = new();
    private int _spans;

    public void Dispose() => _dropped.Dispose();

    [Fact]
    public async Task Everything_written_is_stored_after_a_flush_in_batches_of_the_given_size()
    {
        await using var writer = Writer(new() { MaxBatchSize = 4 });

        Write(writer, 10);

        Assert.True(await writer.FlushAsync(_long));
        Assert.Equal(10, _store.Spans.Count);
        Assert.All(_store.Batches, size => Assert.InRange(size, 1, 4));
    }

    [Fact]
    public async Task A_span_waits_for_others_until_the_delay_is_over()
    {
        var time = new FakeTime();
        await using var writer = Writer(new() { ScheduleDelay = TimeSpan.FromSeconds(5) }, time);

        Write(writer, 3);
        var written = _store.WrittenAsync(3);
        await AdvanceUntilAsync(time, TimeSpan.FromSeconds(5), written);

        Assert.Equal([3], _store.Batches);
    }

    [Fact]
    public async Task A_full_batch_does_not_wait()
    {
        await using var writer = Writer(new() { MaxBatchSize = 4, ScheduleDelay = TimeSpan.FromHours(1) });

        Write(writer, 4);

        await _store.WrittenAsync(4);
    }

    [Fact]
    public async Task In_simple_mode_each_span_is_written_at_once_and_alone()
    {
        await using var writer = Writer(new() { Simple = true, ScheduleDelay = TimeSpan.FromHours(1) });

        Write(writer, 3);
        await _store.WrittenAsync(3);

        Assert.Equal([1, 1, 1], _store.Batches);
    }

    [Fact]
    public async Task Writing_never_waits_for_a_hanging_store_and_what_does_not_fit_is_counted()
    {
        var gate = _store.Gate = new TaskCompletionSource();
        await using var writer = Writer(new() { MaxQueueSize = 16, MaxBatchSize = 8 });

        Write(writer, 1000);
        var dropped = _dropped["queue_full"];
        _store.Gate = null;
        gate.SetResult();
        Assert.True(await writer.FlushAsync(_long));

        Assert.InRange(dropped, 1000 - 16 - 8, 1000 - 16);
        Assert.Equal(1000 - dropped, _store.Spans.Count);
    }

    [Fact]
    public async Task A_failed_write_is_tried_again()
    {
        _store.Failures = 1;
        await using var writer = Writer(new());

        Write(writer, 2);

        Assert.True(await writer.FlushAsync(_long));
        Assert.Equal((2, 2), (_store.Spans.Count, _store.Tries));
    }

    [Fact]
    public async Task A_batch_that_keeps_failing_is_dropped_and_counted_and_the_next_one_is_stored()
    {
        _store.Failures = 4;
        await using var writer = Writer(new());

        Write(writer, 2);
        Assert.True(await writer.FlushAsync(_long));
        Write(writer, 1);
        Assert.True(await writer.FlushAsync(_long));

        Assert.Equal(2, _dropped["store_failed"]);
        Assert.Equal(["span 3"], _store.Spans.Select(s => s.Name));
    }

    [Fact]
    public async Task A_write_that_hangs_counts_as_failed_after_its_time()
    {
        _store.Gate = new TaskCompletionSource();
        await using var writer = Writer(new() { WriteTimeout = TimeSpan.FromMilliseconds(20) });

        Write(writer, 1);

        Assert.True(await writer.FlushAsync(_long));
        Assert.Equal(1, _dropped["store_failed"]);
    }

    [Fact]
    public async Task A_flush_gives_up_when_its_time_is_over()
    {
        var gate = _store.Gate = new TaskCompletionSource();
        await using var writer = Writer(new());

        Write(writer, 1);

        Assert.False(await writer.FlushAsync(TimeSpan.FromMilliseconds(20)));
        gate.SetResult();
    }

    [Fact]
    public async Task Stopping_stores_what_is_queued()
    {
        await using var writer = Writer(new() { ScheduleDelay = TimeSpan.FromHours(1) });

        Write(writer, 5);
        await writer.StopAsync(_long);

        Assert.Equal(5, _store.Spans.Count);
    }

    [Fact]
    public async Task Stopping_with_a_hanging_store_ends_in_time_and_counts_what_is_lost()
    {
        _store.Gate = new TaskCompletionSource();
        await using var writer = Writer(new() { MaxBatchSize = 2 });

        Write(writer, 5);
        await writer.StopAsync(TimeSpan.FromMilliseconds(20)).WaitAsync(_long);

        Assert.Equal(5, _dropped["store_failed"]);
        Assert.Contains("spans did not reach the trace store", _log.Warnings[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_span_that_comes_after_the_stop_is_counted_and_does_no_harm()
    {
        await using var writer = Writer(new());
        await writer.StopAsync(_long);

        Write(writer, 1);

        Assert.Equal(1, _dropped["stopped"]);
    }

    [Fact]
    public async Task Drops_are_logged_at_most_once_a_minute_and_none_is_left_out()
    {
        var time = new FakeTime();
        var writer = Writer(new(), time);
        await writer.StopAsync(_long);

        Write(writer, 3);
        time.Advance(TimeSpan.FromSeconds(59));
        Write(writer, 1);
        Assert.Equal(["1 spans"], Logged());
        time.Advance(TimeSpan.FromSeconds(1));
        Write(writer, 1);

        Assert.Equal(["1 spans", "4 spans"], Logged());

        IEnumerable<string> Logged() => _log.Warnings.Select(l => l.Text[..7]);
    }

    private SpanWriter Writer(SpanWriterOptions options, TimeProvider? time = null)
    {
        using var factory = LoggerFactory.Create(logging => logging.AddProvider(_log));
        return new SpanWriter(_store, options, time ?? TimeProvider.System, factory.CreateLogger<SpanWriter>());
    }

    private void Write(SpanWriter writer, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var n = ++_spans;
            writer.Write(new SpanRecord
            {
                TraceId = "t",
                SpanId = $"{n:x16}",
                Name = $"span {n}",
                Kind = 1,
                StartTime = Sample.Start,
                EndTime = Sample.Start,
                Attributes = new JsonObject(),
            });
        }
    }

    // The writer may set its timer after the clock was moved, so the clock is moved until it has.
    internal static async Task AdvanceUntilAsync(FakeTime time, TimeSpan by, Task task)
    {
        using var limit = new CancellationTokenSource(_long);
        while (!task.IsCompleted)
        {
            limit.Token.ThrowIfCancellationRequested();
            time.Advance(by);
            await Task.Yield();
        }

        await task;
    }
}
