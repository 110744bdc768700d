// What is particular to tables: lost answers, crashes between a transaction and what follows it, and the limits of a transaction.
using AgentFunctions.Runs;
using AgentFunctions.Sessions;
using AgentFunctions.Storage;
using AgentFunctions.Tests.Storage;
using static AgentFunctions.Tests.Tables.FaultyTransport;

namespace AgentFunctions.Tests.Tables;

/// <summary>The run store on tables when something fails.</summary>
[RequiresAzurite]
[Collection(AzuriteTests.Name)]
public sealed class TableRunStoreFaultTests(AzuriteFixture azurite) : IDisposable
{
    private readonly string _prefix = AzuriteFixture.NewPrefix();
    private readonly FaultyTransport _transport = new();

    public void Dispose() => _transport.Dispose();

    [Fact]
    public async Task An_append_whose_answer_was_lost_is_not_doubled()
    {
        var store = await OpenAsync(_transport);
        await store.CreateAsync(Samples.Run("r1"), [], []);
        _transport.FailNext(Fault.AnswerLost, "/$batch", _prefix + "Runs");

        await store.AppendEventsAsync("r1", [Samples.Event(RunEventTypes.Token, text: "a")]);

        Assert.Single(await store.ReadEventsAsync("r1", after: 0, limit: 10));
    }

    [Fact]
    public async Task A_commit_whose_answer_was_lost_is_a_commit()
    {
        var store = await OpenAsync(_transport);
        await store.CreateAsync(Samples.Run("r1") with { SessionId = "s" }, [], []);
        _transport.FailNext(Fault.AnswerLost, "/$batch", _prefix + "Runs");

        var outcome = await store.CommitAsync(Finish("r1"));

        Assert.Equal(new CommitOutcome(true, "1"), outcome);
        Assert.Equal(1, (await Sessions(store).GetAsync("s"))!.Runs);
        Assert.Empty((await store.ListAsync(new RunQuery(Status: RunStatus.Pending))).Items);
    }

    [Fact]
    public async Task A_creation_whose_answer_was_lost_is_a_creation()
    {
        var store = await OpenAsync(_transport);
        _transport.FailNext(Fault.AnswerLost, "/$batch", _prefix + "Runs");

        Assert.True((await store.CreateAsync(Samples.Run("r1"), [Samples.Event(RunEventTypes.RunStart)], [])).Created);
        Assert.Single(await store.ReadEventsAsync("r1", after: 0, limit: 10));
    }

    [Fact]
    public async Task A_repeated_delivery_completes_what_a_crash_after_the_commit_left_undone()
    {
        var store = await OpenAsync();
        await store.CreateAsync(Samples.Run("r1") with { SessionId = "s" }, [], []);
        await CrashAsync(store => store.CommitAsync(Finish("r1")), atRequest: [_prefix + "Sessions(", "'session'"]);

        var outcome = await store.CommitAsync(Finish("r1"));

        Assert.Equal(new CommitOutcome(false, "1"), outcome);
        await AssertFinishedAsync(store);
    }

    [Fact]
    public async Task The_list_of_unfinished_runs_completes_what_a_crash_after_the_commit_left_undone()
    {
        var store = await OpenAsync();
        await store.CreateAsync(Samples.Run("r1") with { SessionId = "s" }, [], []);
        await CrashAsync(store => store.CommitAsync(Finish("r1")), atRequest: [_prefix + "Sessions(", "'session'"]);
        Assert.Equal(0, (await Sessions(store).GetAsync("s"))!.Runs);

        Assert.Empty(await store.ListUnfinishedAsync(Samples.Start.AddDays(1), limit: 10));

        await AssertFinishedAsync(store);
    }

    [Fact]
    public async Task A_crash_before_the_commit_leaves_the_run_as_it_was_in_every_list()
    {
        var store = await OpenAsync();
        await store.CreateAsync(Samples.Run("r1") with { SessionId = "s" }, [], [Samples.Message("m", "m")]);
        await CrashAsync(store => store.CommitAsync(Finish("r1")), atRequest: ["/$batch", _prefix + "Runs"]);

        Assert.Empty((await store.ListAsync(new RunQuery(Status: RunStatus.Completed))).Items);
        Assert.Single((await store.ListAsync(new RunQuery(Status: RunStatus.Pending))).Items);
        Assert.Single(await store.ListUnfinishedAsync(Samples.Start.AddDays(1), limit: 10));
        Assert.Empty(await store.GetSessionMessagesAsync("s", beforePosition: 9, limit: 9));
    }

    [Fact]
    public async Task A_crash_before_the_creation_leaves_no_run_in_any_list()
    {
        var store = await OpenAsync();
        await CrashAsync(store => store.CreateAsync(Samples.Run("r1"), [], []), atRequest: ["/$batch", _prefix + "Runs"]);
        Assert.Empty((await store.ListAsync(new RunQuery())).Items);

        await store.CreateAsync(Samples.Run("r1", minute: 7), [], []);

        Assert.Equal(["r1"], (await store.ListAsync(new RunQuery())).Items.Select(run => run.RunId));
        Assert.Equal(["r1"], (await store.ListAsync(new RunQuery(AgentId: "weather"))).Items.Select(run => run.RunId));
    }

    [Fact]
    public async Task A_repeated_creation_notes_the_session_that_a_crash_left_out()
    {
        var store = await OpenAsync();
        await CrashAsync(store => store.CreateAsync(Samples.Run("r1") with { SessionId = "s" }, [], []), atRequest: [_prefix + "Sessions("]);
        Assert.Null(await Sessions(store).GetAsync("s"));

        Assert.False((await store.CreateAsync(Samples.Run("r1") with { SessionId = "s" }, [], [])).Created);

        Assert.NotNull(await Sessions(store).GetAsync("s"));
    }

    [Fact]
    public async Task More_keys_than_a_transaction_takes_are_written_at_once_and_known_afterwards()
    {
        var store = await OpenAsync();
        var messages = Enumerable.Range(0, 150).Select(n => Samples.Message($"m{n}", $"{n}")).ToList();
        var events = Enumerable.Range(0, 150).Select(n => Samples.Event(RunEventTypes.Token, $"e{n}", $"{n}")).ToList();
        await store.CreateAsync(Samples.Run("r1"), events, messages);
        await store.CommitAsync(new RunCommit("r1", "again", "1") { Messages = messages, Events = events });
        await store.CommitAsync(new RunCommit("r1", "more", "1")
        {
            Messages = [.. messages.Select(m => m with { Key = m.Key + "'" })],
            Events = [.. events.Select(e => e with { Key = e.Key + "'" })],
        });
        await store.AppendEventsAsync("r1", [events[149] with { Key = "e149'" }, Samples.Event(RunEventTypes.Token, text: "last")]);

        Assert.Equal(300, (await store.GetMessagesAsync("r1")).Count);
        var log = await store.ReadEventsAsync("r1", after: 0, limit: 1000);
        Assert.Equal((301, 301, "last"), (log.Count, log[^1].Sequence, log[^1].Data["text"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_commit_larger_than_a_transaction_is_written_whole()
    {
        var store = await OpenAsync();
        await store.CreateAsync(Samples.Run("r1"), [], []);
        var text = Samples.LongText(300_000) + "\0\"";
        await store.CommitAsync(new RunCommit("r1", "k", $"\"{Samples.LongText(31_000)}\"")
        {
            Messages = [.. Enumerable.Range(0, 20).Select(n => Samples.Message($"m{n}", text + n))],
            Change = run => run with { Content = text },
        });

        Assert.Equal(Enumerable.Range(0, 20).Select(n => text + n), (await store.GetMessagesAsync("r1")).Select(m => m.Message.Text));
        Assert.Equal(text, (await store.GetAsync("r1"))!.Content);
    }

    [Fact]
    public async Task Many_processes_append_to_one_run_without_gaps()
    {
        var first = await OpenAsync();
        await first.CreateAsync(Samples.Run("r1"), [], []);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(process => Task.Run(async () =>
        {
            var store = await OpenAsync();
            foreach (var n in Enumerable.Range(0, 5))
            {
                await store.AppendEventsAsync("r1", [Samples.Event(RunEventTypes.Token, key: $"shared{n}"), Samples.Event(RunEventTypes.Token, text: $"{process}:{n}")]);
            }
        })));

        var log = await first.ReadEventsAsync("r1", after: 0, limit: 100);
        Assert.Equal(Enumerable.Range(1, 35).Select(n => (long)n), log.Select(e => e.Sequence));
        Assert.Equal(30, log.Select(e => e.Data["text"]!.GetValue<string>()).Where(text => text.Length > 0).Distinct().Count());
    }

    [Fact]
    public async Task A_reader_stops_before_a_row_that_it_missed()
    {
        var store = await OpenAsync();
        await store.CreateAsync(Samples.Run("r1"), [Samples.Event(RunEventTypes.RunStart)], []);
        await store.AppendEventsAsync("r1", [Samples.Event(RunEventTypes.Token), Samples.Event(RunEventTypes.Token)]);
        await store.AppendEventsAsync("r1", [Samples.Event(RunEventTypes.Token)]);
        await azurite.Connect().GetTableClient(_prefix + "Runs").DeleteEntityAsync("r1", "event:0000000000000000003");

        Assert.Equal([1L], (await store.ReadEventsAsync("r1", after: 0, limit: 10)).Select(e => e.Sequence));
    }

    [Fact]
    public async Task A_writer_that_always_loses_gives_up_and_says_to_what()
    {
        var conflicts = new WriteConflicts(TimeProvider.System, () => 0);
        var error = await Assert.ThrowsAsync<TimeoutException>(() => conflicts.ResolveAsync("Run r1", _ => Task.FromResult<string?>(null), CancellationToken.None));
        Assert.Contains("Run r1", error.Message, StringComparison.Ordinal);
    }

    private Task<TableRunStore> OpenAsync(FaultyTransport? transport = null) => TableStores.OpenAsync(azurite, _prefix, transport?.Options);

    /// <summary>Does the work in a process that ends at the named request.</summary>
    private async Task CrashAsync(Func<TableRunStore, Task> work, string[] atRequest)
    {
        var store = await OpenAsync(_transport);
        _transport.FailNext(Fault.Crash, atRequest);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => work(store));
        Assert.Equal("The process ended.", error.Message);
    }

    private async Task AssertFinishedAsync(TableRunStore store)
    {
        Assert.Equal(1, (await Sessions(store).GetAsync("s"))!.Runs);
        Assert.Single((await store.ListAsync(new RunQuery(Status: RunStatus.Completed))).Items);
        Assert.Empty((await store.ListAsync(new RunQuery(Status: RunStatus.Pending))).Items);
        Assert.Empty(await store.ListUnfinishedAsync(Samples.Start.AddDays(1), limit: 10));
    }

    private static ISessionStore Sessions(TableRunStore store) => store;

    private static RunCommit Finish(string runId) => new(runId, "finish", "1")
    {
        Change = run => run with { Status = RunStatus.Completed, SessionPosition = 1, FinishedAt = Samples.Start },
    };
}
