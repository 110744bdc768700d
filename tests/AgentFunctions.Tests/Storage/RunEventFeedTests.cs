using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Local.Storage;
using AgentFunctions.Runs;
using AgentFunctions.Tests.Engine;

namespace AgentFunctions.Tests.Storage;

/// <summary>Following a run's events. Time stands still unless a test steps it, so what arrives was signalled.</summary>
public sealed class RunEventFeedTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();
    private readonly SteppedTime _time = new();
    private readonly RunSignals _signals = new();
    private SqliteDatabase _database = null!;

    /// <summary>Writes past the signals, as another process does.</summary>
    private IRunStore _elsewhere = null!;
    private IRunStore _runs = null!;
    private RunEventFeed _feed = null!;

    public async Task InitializeAsync()
    {
        _database = SqliteDatabase.Open(_folder.File("state.db"));
        StateSchema.Apply(_database);
        _elsewhere = new SqliteRunStore(_database);
        _runs = new SignallingRunStore(_elsewhere, _signals);
        _feed = new RunEventFeed(_runs, _signals, _time);
        await _runs.CreateAsync(Samples.Run("r1"), [], []);
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Events_arrive_as_they_are_committed_and_the_terminal_one_ends_the_feed()
    {
        await using var feed = _feed.ReadAsync("r1", after: 0).GetAsyncEnumerator();
        foreach (var text in new[] { "a", "b", "c" })
        {
            var next = feed.MoveNextAsync();
            await _runs.AppendEventsAsync("r1", [Token(text)]);
            Assert.True(await next.AsTask().WaitAsync(_patience));
            Assert.Equal(text, feed.Current.Data["text"]!.GetValue<string>());
        }
        var last = feed.MoveNextAsync();
        await FinishAsync(_runs);
        Assert.True(await last.AsTask().WaitAsync(_patience));
        Assert.Equal(RunEventTypes.Complete, feed.Current.Type);
        Assert.False(await feed.MoveNextAsync());
    }

    [Fact]
    public async Task An_event_committed_between_reading_and_waiting_still_wakes_the_reader()
    {
        var late = new WritesAfterFirstRead(_elsewhere, () => _runs.AppendEventsAsync("r1", [Samples.Event(RunEventTypes.Error)]));
        var feed = new RunEventFeed(late, _signals, _time);
        Assert.Equal([1], await SequencesAsync(feed.ReadAsync("r1", after: 0)));
    }

    [Fact]
    public async Task An_end_committed_between_reading_events_and_looking_at_the_run_is_not_missed()
    {
        var late = new WritesAfterFirstRead(_elsewhere, () => FinishAsync(_elsewhere));
        var feed = new RunEventFeed(late, _signals, _time);
        Assert.Equal([1], await SequencesAsync(feed.ReadAsync("r1", after: 0)));
    }

    [Fact]
    public async Task A_first_event_of_another_process_is_looked_for_five_times_a_second_however_long_the_model_takes()
    {
        var reading = SequencesAsync(_feed.ReadAsync("r1", after: 0));
        Assert.Equal([50, 100, 200, 200], await PassWaitsAsync(4));
        await PassUntilAsync(TimeSpan.FromSeconds(59));
        Assert.Equal([200], await PassWaitsAsync(1));

        await _time.UntilSomebodyWaitsAsync();
        await _elsewhere.AppendEventsAsync("r1", [Token("a")]);
        Assert.Equal([200, 50, 100, 200], await PassWaitsAsync(4));
        await _time.UntilSomebodyWaitsAsync();
        await FinishAsync(_elsewhere);
        Assert.Equal([200], await PassWaitsAsync(1));
        Assert.Equal([1, 2], await reading);
    }

    [Fact]
    public async Task A_run_that_is_silent_for_a_minute_is_looked_at_every_second_until_its_next_event()
    {
        var reading = SequencesAsync(_feed.ReadAsync("r1", after: 0));
        await PassUntilAsync(TimeSpan.FromSeconds(61));
        Assert.Equal([1000, 1000], await PassWaitsAsync(2));

        await _time.UntilSomebodyWaitsAsync();
        await _elsewhere.AppendEventsAsync("r1", [Token("a")]);
        Assert.Equal([1000, 50, 100, 200], await PassWaitsAsync(4));
        await _time.UntilSomebodyWaitsAsync();
        await FinishAsync(_elsewhere);
        await PassWaitsAsync(1);
        Assert.Equal([1, 2], await reading);
    }

    [Fact]
    public async Task The_run_itself_is_looked_up_once_a_second_and_an_end_without_terminal_event_is_found_so()
    {
        var counting = new CountsLooksAtRun(_elsewhere);
        var reading = SequencesAsync(new RunEventFeed(counting, _signals, _time).ReadAsync("r1", after: 0));
        await PassUntilAsync(TimeSpan.FromSeconds(10));
        Assert.InRange(counting.Looks, 9, 11);

        await _elsewhere.CommitAsync(new RunCommit("r1", "swept", "1") { Change = row => row with { Status = RunStatus.Error } });
        await PassUntilAsync(TimeSpan.FromSeconds(11), reading);
        Assert.Empty(await reading.WaitAsync(_patience));
    }

    [Theory]
    [InlineData(0, new long[] { 1, 2, 3 })]
    [InlineData(2, new long[] { 3 })]
    [InlineData(3, new long[0])]
    [InlineData(99, new long[0])]
    public async Task The_feed_of_a_finished_run_is_what_is_left_of_its_log(long after, long[] expected)
    {
        await _runs.AppendEventsAsync("r1", [Token("a"), Token("b")]);
        await FinishAsync(_runs);
        Assert.Equal(expected, await SequencesAsync(_feed.ReadAsync("r1", after)));
    }

    [Fact]
    public async Task The_feed_of_an_unknown_run_is_empty() =>
        Assert.Empty(await SequencesAsync(_feed.ReadAsync("none", after: 0)));

    [Fact]
    public async Task Readers_that_reconnect_amid_many_writers_lose_and_double_nothing()
    {
        var readers = Enumerable.Range(0, 5).Select(n => Task.Run(() => ReadInPiecesAsync(piece: n + 1))).ToList();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(writer => Task.Run(async () =>
        {
            foreach (var n in Enumerable.Range(0, 10))
            {
                await _runs.AppendEventsAsync("r1", [Token($"{writer}:{n}")]);
            }
        })));
        await FinishAsync(_runs);

        foreach (var seen in await Task.WhenAll(readers).WaitAsync(_patience))
        {
            Assert.Equal(Enumerable.Range(1, 201).Select(n => (long)n), seen);
        }
        Assert.Equal(0, _signals.WatchedRuns);
    }

    [Fact]
    public async Task A_log_longer_than_a_page_is_read_through()
    {
        await _runs.AppendEventsAsync("r1", Enumerable.Range(0, 1000).Select(n => Token($"{n}")).ToList());
        await FinishAsync(_runs);
        Assert.Equal(Enumerable.Range(1, 1001).Select(n => (long)n), await SequencesAsync(_feed.ReadAsync("r1", after: 0)));
    }

    [Fact]
    public async Task A_reader_that_gives_up_leaves_nothing_behind()
    {
        using var stop = new CancellationTokenSource();
        var reading = SequencesAsync(_feed.ReadAsync("r1", after: 0, stop.Token));
        await _time.PassNextWaitAsync();
        Assert.Equal(1, _signals.WatchedRuns);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.Equal(0, _signals.WatchedRuns);
    }

    [Fact]
    public void A_signal_that_nobody_waits_for_is_not_kept()
    {
        _signals.Raise("r1");
        Assert.Equal(0, _signals.WatchedRuns);
    }

    [Fact]
    public async Task Who_waits_for_the_end_gets_the_finished_run_as_soon_as_it_is_committed()
    {
        var waiting = _feed.WaitForEndAsync("r1", TimeSpan.FromMinutes(1));
        await _runs.AppendEventsAsync("r1", [Token("not the end")]);
        await FinishAsync(_runs);
        Assert.Equal(RunStatus.Completed, (await waiting.WaitAsync(_patience))!.Status);
        Assert.Equal(0, _signals.WatchedRuns);
    }

    [Fact]
    public async Task Who_waits_too_long_gets_the_run_as_it_is()
    {
        var waiting = _feed.WaitForEndAsync("r1", TimeSpan.FromMilliseconds(120));
        Assert.Equal(50, (await _time.PassNextWaitAsync()).TotalMilliseconds);
        Assert.Equal(70, (await _time.PassNextWaitAsync()).TotalMilliseconds);
        Assert.Equal(RunStatus.Pending, (await waiting.WaitAsync(_patience))!.Status);
    }

    [Fact]
    public async Task Waiting_for_no_time_only_looks()
    {
        Assert.Equal("r1", (await _feed.WaitForEndAsync("r1", TimeSpan.Zero))!.RunId);
        Assert.Null(await _feed.WaitForEndAsync("none", TimeSpan.FromMinutes(1)));
    }

    private async Task<List<double>> PassWaitsAsync(int count)
    {
        var waits = new List<double>();
        for (var n = 0; n < count; n++)
        {
            waits.Add((await _time.PassNextWaitAsync()).TotalMilliseconds);
        }
        return waits;
    }

    /// <summary>Lets waits pass until this much time has gone by since the beginning, or <paramref name="end"/> is there.</summary>
    private async Task PassUntilAsync(TimeSpan elapsed, Task? end = null)
    {
        while (_time.GetElapsedTime(0) < elapsed && end is not { IsCompleted: true })
        {
            await Task.WhenAny(_time.PassNextWaitAsync(), end ?? new TaskCompletionSource().Task);
        }
    }

    private static NewRunEvent Token(string text) => Samples.Event(RunEventTypes.Token, text: text);

    private static Task FinishAsync(IRunStore runs) => runs.CommitAsync(new RunCommit("r1", "finish", "1")
    {
        Events = [Samples.Event(RunEventTypes.Complete)],
        Change = row => row with { Status = RunStatus.Completed },
    });

    private static async Task<List<long>> SequencesAsync(IAsyncEnumerable<RunEvent> feed)
    {
        var sequences = new List<long>();
        using var patience = new CancellationTokenSource(_patience);
        await foreach (var next in feed.WithCancellation(patience.Token))
        {
            sequences.Add(next.Sequence);
        }
        return sequences;
    }

    /// <summary>Reads the log to its end, but connects anew after every few events.</summary>
    private async Task<List<long>> ReadInPiecesAsync(int piece)
    {
        var seen = new List<long>();
        while (true)
        {
            var part = _feed.ReadAsync("r1", after: seen.LastOrDefault()).Take(piece);
            var before = seen.Count;
            seen.AddRange(await SequencesAsync(part));
            if (seen.Count < before + piece)
            {
                return seen;
            }
        }
    }

    private sealed class CountsLooksAtRun(IRunStore inner) : DelegatingRunStore(inner)
    {
        private int _looks;

        public int Looks => _looks;

        public override Task<RunRecord?> GetAsync(string runId, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _looks);
            return base.GetAsync(runId, cancellationToken);
        }
    }

    /// <summary>A store to which something is written right after its first, still empty, read of events.</summary>
    private sealed class WritesAfterFirstRead(IRunStore inner, Func<Task> write) : DelegatingRunStore(inner)
    {
        private int _reads;

        public override async Task<IReadOnlyList<RunEvent>> ReadEventsAsync(string runId, long after, int limit, CancellationToken cancellationToken = default)
        {
            var page = await base.ReadEventsAsync(runId, after, limit, cancellationToken);
            if (Interlocked.Increment(ref _reads) == 1)
            {
                await write();
            }
            return page;
        }
    }
}
