using AgentFunctions.Runs;

namespace AgentFunctions.Tests.Storage;

/// <summary>The event log of a run.</summary>
public abstract partial class RunStoreBehaviour
{
    [Fact]
    public async Task Events_are_numbered_from_one_and_read_in_parts()
    {
        await CreateAsync(Samples.Run("r1"));
        await Runs.AppendEventsAsync("r1", [Token("a"), Token("b")]);
        await ReopenAsync();
        await Runs.AppendEventsAsync("r1", [Token("c"), Token(Samples.Unicode)]);

        Assert.Equal([(1, "a"), (2, "b"), (3, "c"), (4, Samples.Unicode)], Texts(await ReadLogAsync("r1")));
        Assert.Equal([(2, "b"), (3, "c")], Texts(await Runs.ReadEventsAsync("r1", after: 1, limit: 2)));
        Assert.Equal([(4, Samples.Unicode)], Texts(await Runs.ReadEventsAsync("r1", after: 3, limit: 2)));
        Assert.Empty(await Runs.ReadEventsAsync("r1", after: 4, limit: 2));
    }

    [Fact]
    public async Task An_event_keeps_its_type_its_data_and_its_time()
    {
        await CreateAsync(Samples.Run("r1"));
        var written = Samples.Event(RunEventTypes.ToolCall, text: "x") with { Timestamp = Samples.Start.AddTicks(9) };
        await Runs.AppendEventsAsync("r1", [written]);

        var read = Assert.Single(await ReadLogAsync("r1"));
        Assert.Equal((RunEventTypes.ToolCall, written.Timestamp), (read.Type, read.Timestamp));
        Assert.Equal(written.Data.ToJsonString(), read.Data.ToJsonString());
    }

    [Fact]
    public async Task An_event_whose_key_the_run_has_is_dropped_and_leaves_no_gap()
    {
        await Runs.CreateAsync(Samples.Run("r1"), [Token("a", "1")], []);
        await CreateAsync(Samples.Run("r2"));
        await Runs.AppendEventsAsync("r1", [Token("a again", "1"), Token("b", "2"), Token("b again", "2")]);
        await Runs.CommitAsync(new RunCommit("r1", "k", "1") { Events = [Token("b again", "2"), Token("c", "3"), Token("no key"), Token("no key")] });
        await Runs.AppendEventsAsync("r2", [Token("of r2", "1")]);

        Assert.Equal([(1, "a"), (2, "b"), (3, "c"), (4, "no key"), (5, "no key")], Texts(await ReadLogAsync("r1")));
        Assert.Equal([(1, "of r2")], Texts(await ReadLogAsync("r2")));
    }

    [Theory]
    [InlineData(RunEventTypes.Complete)]
    [InlineData(RunEventTypes.Error)]
    public async Task No_event_follows_a_terminal_one(string terminal)
    {
        await CreateAsync(Samples.Run("r1"));
        await Runs.AppendEventsAsync("r1", [Token("a"), Samples.Event(terminal), Token("late")]);
        await Runs.AppendEventsAsync("r1", [Token("later")]);
        await ReopenAsync();
        await Runs.CommitAsync(new RunCommit("r1", "k", "1") { Events = [Samples.Event(RunEventTypes.Error)] });

        Assert.Equal([RunEventTypes.Token, terminal], (await ReadLogAsync("r1")).Select(e => e.Type));
    }

    [Fact]
    public async Task Appending_to_an_unknown_run_is_refused() =>
        await Assert.ThrowsAsync<KeyNotFoundException>(() => Runs.AppendEventsAsync("none", [Token("a")]));

    [Fact]
    public async Task Events_appended_by_fifty_writers_at_once_are_all_there_without_gaps_and_in_each_writers_order()
    {
        await CreateAsync(Samples.Run("r1"));
        await Task.WhenAll(Enumerable.Range(0, 50).Select(writer => Task.Run(async () =>
        {
            await Runs.AppendEventsAsync("r1", [Token($"{writer}:0"), Token($"{writer}:1")]);
            await Runs.AppendEventsAsync("r1", [Token($"{writer}:2")]);
        })));

        var log = await ReadLogAsync("r1");
        AssertDense(log, count: 150);
        var byWriter = Texts(log).Select(e => e.Text.Split(':')).GroupBy(parts => parts[0], parts => parts[1]).ToList();
        Assert.Equal(50, byWriter.Count);
        Assert.All(byWriter, order => Assert.Equal(["0", "1", "2"], order));
    }

    [Fact]
    public async Task Keyed_events_appended_by_fifty_writers_at_once_are_there_once()
    {
        await CreateAsync(Samples.Run("r1"));
        await Task.WhenAll(Enumerable.Range(0, 50).Select(writer => Task.Run(() =>
            Runs.AppendEventsAsync("r1", [Token("a", "1"), Token("b", "2")]))));
        Assert.Equal([(1, "a"), (2, "b")], Texts(await ReadLogAsync("r1")));
    }

    [Fact]
    public async Task A_reader_amid_writers_sees_a_log_without_gaps()
    {
        await CreateAsync(Samples.Run("r1"));
        var writers = Task.WhenAll(Enumerable.Range(0, 30).Select(n => Task.Run(() => Runs.AppendEventsAsync("r1", [Token($"{n}")]))));
        var seen = new List<RunEvent>();
        while (seen.Count < 30)
        {
            var done = writers.IsCompleted;
            var part = await Runs.ReadEventsAsync("r1", after: seen.Count, limit: 7);
            seen.AddRange(part);
            Assert.False(done && part.Count == 0, "The log ends before the last event.");
        }
        AssertDense(seen, count: 30);
        await writers;
    }

    private static NewRunEvent Token(string text, string? key = null) => Samples.Event(RunEventTypes.Token, key, text);

    private static IEnumerable<(long Sequence, string Text)> Texts(IEnumerable<RunEvent> events) =>
        events.Select(e => (e.Sequence, e.Data["text"]!.GetValue<string>()));
}
