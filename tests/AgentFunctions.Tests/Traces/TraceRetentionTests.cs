using AgentFunctions.Configuration;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Telemetry;
using AgentFunctions.Traces;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Tests.Traces;

/// <summary>When the timer deletes traces, how many at a time, and when it stops.</summary>
public sealed class TraceRetentionTests
{
    private readonly FakeTime _time = new();
    private readonly LogLines _log = new();
    private readonly MemoryRetention _store;

    public TraceRetentionTests() => _store = new MemoryRetention(_time);

    [Fact]
    public async Task Without_limits_nothing_is_deleted()
    {
        _store.Add(200, age: TimeSpan.FromDays(1000));

        await DeleteAsync(new());

        Assert.Equal((200, 0), (_store.Count, _store.Calls));
    }

    [Fact]
    public async Task Traces_older_than_the_days_go_in_batches_and_younger_ones_stay()
    {
        _store.Add(120, age: TimeSpan.FromDays(31));
        _store.Add(5, age: TimeSpan.FromDays(29));

        await DeleteAsync(new() { RetentionDays = 30 });

        Assert.Equal((5, 3, 50), (_store.Count, _store.Calls, _store.LargestBatch));
        Assert.Contains(_log.All, line => line.Id == 1111 && line.Text.Contains("Deleted 120 traces", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_oldest_go_until_the_store_is_small_enough()
    {
        _store.Add(100, age: TimeSpan.FromDays(2), megabytes: 1);
        _store.Add(100, age: TimeSpan.FromDays(1), megabytes: 1);

        await DeleteAsync(new() { MaxSizeMb = 150 });

        Assert.Equal(150, _store.Count);
        Assert.Equal(_time.GetUtcNow() - TimeSpan.FromDays(2), _store.OldestEnd);
        Assert.Contains(_log.All, line => line.Id == 1112);
    }

    [Fact]
    public async Task A_store_that_does_not_get_smaller_keeps_its_traces()
    {
        _store.Add(500, age: TimeSpan.FromDays(1), megabytes: 1);
        _store.KeepsItsSize = true;

        await DeleteAsync(new() { MaxSizeMb = 100 });

        Assert.Equal((450, 1), (_store.Count, _store.Calls));
        Assert.Contains(_log.Warnings, line => line.Id == 1113);
    }

    [Fact]
    public async Task After_a_slow_batch_the_store_has_as_long_a_pause()
    {
        _store.Add(60, age: TimeSpan.FromDays(31));
        _store.BatchTime = TimeSpan.FromSeconds(2);

        var deleting = DeleteAsync(new() { RetentionDays = 30 });
        Assert.Equal((1, false), (_store.Calls, deleting.IsCompleted));
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Equal(1, _store.Calls);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await _store.CalledAsync(2);
        _time.Advance(TimeSpan.FromSeconds(2));
        await deleting.WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal((0, 2), (_store.Count, _store.Calls));
    }

    private Task DeleteAsync(TraceStoreOptions options)
    {
        using var logs = LoggerFactory.Create(logging => logging.AddProvider(_log));
        var app = new AppConfiguration { Observability = new ObservabilityOptions { Traces = options } };
        return new TraceRetention(_store, app, _time, logs.CreateLogger<TraceRetention>()).DeleteAsync(CancellationToken.None);
    }

    private sealed class MemoryRetention(FakeTime time) : ITraceRetention
    {
        private readonly List<(DateTimeOffset End, long Bytes)> _traces = [];
        private readonly TaskCompletionSource _second = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _freed;

        public bool KeepsItsSize { get; set; }

        public TimeSpan BatchTime { get; set; }

        public int Calls { get; private set; }

        public int LargestBatch { get; private set; }

        public int Count => _traces.Count;

        public DateTimeOffset OldestEnd => _traces.Min(t => t.End);

        public void Add(int count, TimeSpan age, long megabytes = 0) =>
            _traces.AddRange(Enumerable.Repeat((time.GetUtcNow() - age, megabytes * 1024 * 1024), count));

        /// <summary>Waits for the second call, the only one that a test waits for.</summary>
        public Task CalledAsync(int calls) => Calls >= calls ? Task.CompletedTask : _second.Task.WaitAsync(TimeSpan.FromSeconds(20));

        public Task<int> DeleteAsync(DateTimeOffset endedBefore, int limit, CancellationToken cancellationToken = default)
        {
            Calls++;
            var due = _traces.Where(t => t.End < endedBefore).OrderBy(t => t.End).Take(limit).ToList();
            LargestBatch = Math.Max(LargestBatch, due.Count);
            due.ForEach(t => _traces.Remove(t));
            _freed += due.Sum(t => t.Bytes);
            time.Advance(BatchTime);
            if (Calls == 2)
                _second.TrySetResult();
            return Task.FromResult(due.Count);
        }

        public Task<TraceStoreSize> GetSizeAsync(CancellationToken cancellationToken = default) =>
            Task.FromResult(new TraceStoreSize(_traces.Sum(t => t.Bytes) + (KeepsItsSize ? _freed : 0), _traces.Count, null));
    }
}
