using AgentFunctions.Runs;
using AgentFunctions.Sessions;

namespace AgentFunctions.Tests.Storage;

/// <summary>Sessions: their index, and the conversation that a next run sees.</summary>
public abstract partial class RunStoreBehaviour
{
    [Fact]
    public async Task A_session_exists_from_its_first_run_on()
    {
        await CreateAsync(Samples.Run("r1") with { SessionId = "s", UserId = "u" });
        await ReopenAsync();

        var session = await Sessions.GetAsync("s");
        Assert.Equal(new SessionRecord { SessionId = "s", AgentId = "weather", UserId = "u", CreatedAt = Samples.Start, UpdatedAt = Samples.Start }, session);
    }

    [Fact]
    public async Task A_session_that_was_made_before_its_first_run_keeps_what_it_was_made_with()
    {
        var made = new SessionRecord { SessionId = "s", Name = "Talk", UserId = "u", CreatedAt = Samples.Start.AddMinutes(1), UpdatedAt = Samples.Start.AddMinutes(1) };
        Assert.Equal(new SessionCreation(true, made), await Sessions.CreateAsync(made));
        await ReopenAsync();
        Assert.Equal(made, Assert.Single((await Sessions.ListAsync(new SessionQuery(UserId: "u"))).Items));

        await CreateAsync(Samples.Run("r1") with { SessionId = "s" }); // by a clock that is behind
        Assert.Equal(("Talk", "u", "weather"), await Sessions.GetAsync("s") is { } session ? (session.Name, session.UserId, session.AgentId) : default);
        Assert.Equal(["s"], (await Sessions.ListAsync(new SessionQuery(AgentId: "weather", UserId: "u"))).Items.Select(s => s.SessionId));
        await Sessions.DeleteAsync("s");
        Assert.Empty((await Sessions.ListAsync(new SessionQuery())).Items);
    }

    [Fact]
    public async Task Of_many_who_make_a_session_one_does_and_the_others_get_it()
    {
        var creations = await Task.WhenAll(Enumerable.Range(0, 10).Select(n => Task.Run(() => Sessions.CreateAsync(
            new SessionRecord { SessionId = "s", Name = $"{n}", CreatedAt = Samples.Start.AddMinutes(n), UpdatedAt = Samples.Start.AddMinutes(n) }))));
        var made = Assert.Single(creations, c => c.Created).Session;
        Assert.All(creations, c => Assert.Equal(made, c.Session));
        Assert.Equal(made, Assert.Single((await Sessions.ListAsync(new SessionQuery())).Items));

        await CreateAsync(Samples.Run("r1") with { SessionId = "begun" });
        Assert.False((await Sessions.CreateAsync(new SessionRecord { SessionId = "begun", CreatedAt = Samples.Start, UpdatedAt = Samples.Start })).Created);
    }

    [Theory]
    [InlineData("a/b\\c?d#e %2f&f")]
    [InlineData("Zürich 東京 🚀")]
    [InlineData("'; DROP TABLE runs; --")]
    [InlineData("UPPER")]
    public async Task A_session_and_a_user_may_be_named_by_any_text(string name)
    {
        await CreateAsync(Samples.Run("r1") with { SessionId = name, UserId = name });
        await CreateAsync(Samples.Run("r2") with { SessionId = "upper", UserId = "upper" });

        Assert.Equal((name, name), ((await Sessions.GetAsync(name))!.SessionId, (await Sessions.GetAsync(name))!.UserId));
        Assert.Equal(["r1"], Ids(await Runs.ListAsync(new RunQuery(SessionId: name))));
        Assert.Equal(["r1"], Ids(await Runs.ListAsync(new RunQuery(UserId: name))));
        Assert.Equal([name], (await Sessions.ListAsync(new SessionQuery(UserId: name))).Items.Select(s => s.SessionId));
    }

    [Fact]
    public async Task A_session_counts_each_finished_run_once()
    {
        var first = await CreateAsync(Samples.Run("r1") with { SessionId = "s" });
        var second = await CreateAsync(Samples.Run("r2", minute: 5) with { SessionId = "s", AgentId = "travel" });
        await CreateAsync(Samples.Run("r3", minute: 3) with { SessionId = "another" });
        await FinishAsync(first, usage: new RunUsage(10, 20, 3, 4), cost: 0.1m);
        await FinishAsync(first, usage: new RunUsage(10, 20, 3, 4), cost: 0.1m);
        await FinishAsync(second, RunStatus.Error, new RunUsage(1, 2, 0, 0) { CacheWriteTokens = 1 }, cost: 0.02m);
        await Runs.CommitAsync(new RunCommit("r2", "late", "1") { Change = row => row });

        var session = (await Sessions.GetAsync("s"))!;
        Assert.Equal(("travel", 2, 0.12m), (session.AgentId, session.Runs, session.CostUsd));
        Assert.Equal(new RunUsage(11, 22, 3, 4) { CacheWriteTokens = 1 }, session.Usage);
        Assert.Equal((Samples.Start, Samples.Start.AddMinutes(6)), (session.CreatedAt, session.UpdatedAt));
    }

    [Fact]
    public async Task A_run_that_is_finished_before_its_log_is_closed_also_counts_once()
    {
        await CreateAsync(Samples.Run("r1") with { SessionId = "s" });
        foreach (var key in new[] { "a", "b" })
        {
            await Runs.CommitAsync(new RunCommit("r1", key, "1") { Change = row => row with { Status = RunStatus.Completed } });
        }
        Assert.Equal(1, (await Sessions.GetAsync("s"))!.Runs);
    }

    [Fact]
    public async Task The_cost_of_a_session_is_unknown_until_one_of_its_runs_has_a_price()
    {
        var first = await CreateAsync(Samples.Run("r1") with { SessionId = "s" });
        var second = await CreateAsync(Samples.Run("r2") with { SessionId = "s" });
        await FinishAsync(first);
        Assert.Null((await Sessions.GetAsync("s"))!.CostUsd);
        await FinishAsync(second, cost: 0.5m);
        Assert.Equal(0.5m, (await Sessions.GetAsync("s"))!.CostUsd);
    }

    [Fact]
    public async Task Fifty_runs_of_one_session_that_finish_at_once_all_count()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(n => Task.Run(async () =>
        {
            var run = await CreateAsync(Samples.Run($"r{n}") with { SessionId = "s" });
            await FinishAsync(run, usage: new RunUsage(1, 2, 0, 0), cost: 0.01m);
        })));

        var session = (await Sessions.GetAsync("s"))!;
        Assert.Equal((50, 50, 100, 0.50m), (session.Runs, session.Usage.PromptTokens, session.Usage.CompletionTokens, session.CostUsd));
    }

    [Fact]
    public async Task Sessions_are_listed_by_latest_activity_filtered_and_in_pages()
    {
        foreach (var n in Enumerable.Range(0, 5))
        {
            await CreateAsync(Samples.Run($"r{n}", minute: n) with { SessionId = $"s{n}", UserId = n % 2 == 0 ? "even" : "odd", AgentId = n < 3 ? "low" : "high" });
        }
        await CreateAsync(Samples.Run("r5", minute: 9) with { SessionId = "s0", UserId = "even", AgentId = "low" });

        var first = await Sessions.ListAsync(new SessionQuery(Limit: 3));
        var rest = await Sessions.ListAsync(new SessionQuery(Limit: 3, Cursor: first.NextCursor));
        Assert.Equal(["s0", "s4", "s3"], first.Items.Select(s => s.SessionId));
        Assert.Equal(["s2", "s1"], rest.Items.Select(s => s.SessionId));
        Assert.Null(rest.NextCursor);
        Assert.Equal(["s0", "s4", "s2"], (await Sessions.ListAsync(new SessionQuery(UserId: "even"))).Items.Select(s => s.SessionId));
        Assert.Equal(["s4", "s3"], (await Sessions.ListAsync(new SessionQuery(AgentId: "high"))).Items.Select(s => s.SessionId));
        Assert.Equal(["s3"], (await Sessions.ListAsync(new SessionQuery(AgentId: "high", UserId: "odd"))).Items.Select(s => s.SessionId));
    }

    [Fact]
    public async Task The_conversation_so_far_is_the_messages_of_completed_runs_before_oldest_first()
    {
        await TalkAsync("r1", position: 1, messages: 2);
        await TalkAsync("r2", position: 2, messages: 3, RunStatus.Error);
        await TalkAsync("r3", position: 3, messages: 1);
        await TalkAsync("r4", position: 4, messages: 1);
        await TalkAsync("elsewhere", position: 1, messages: 1, session: "another");
        await Runs.CreateAsync(Samples.Run("waiting") with { SessionId = "s" }, [], [Samples.Message("input", "not yet")]);

        var messages = await Runs.GetSessionMessagesAsync("s", beforePosition: 4, limit: 100);
        Assert.Equal(["r1/1", "r1/2", "r3/1"], messages.Select(m => m.Message.Text));
        Assert.Equal([("r1", 1), ("r1", 2), ("r3", 1)], messages.Select(m => (m.RunId, m.Position)));
    }

    [Theory]
    [InlineData(7, "r1/1 r1/2 r2/1 r2/2 r2/3 r3/1 r3/2")]
    [InlineData(6, "r2/1 r2/2 r2/3 r3/1 r3/2")]
    [InlineData(5, "r2/1 r2/2 r2/3 r3/1 r3/2")]
    [InlineData(4, "r3/1 r3/2")]
    [InlineData(1, "")]
    [InlineData(0, "")]
    public async Task A_long_conversation_loses_its_oldest_runs_as_a_whole(int limit, string expected)
    {
        await TalkAsync("r1", position: 1, messages: 2);
        await TalkAsync("r2", position: 2, messages: 3);
        await TalkAsync("r3", position: 3, messages: 2);

        var messages = await Runs.GetSessionMessagesAsync("s", beforePosition: 4, limit);
        Assert.Equal(expected, string.Join(' ', messages.Select(m => m.Message.Text)));
    }

    private async Task TalkAsync(string runId, int position, int messages, RunStatus status = RunStatus.Completed, string session = "s")
    {
        var texts = Enumerable.Range(1, messages).Select(n => Samples.Message($"{n}", $"{runId}/{n}")).ToList();
        await Runs.CreateAsync(Samples.Run(runId) with { SessionId = session }, [], texts);
        await Runs.CommitAsync(new RunCommit(runId, "finish", "1")
        {
            Change = row => row with { Status = status, SessionPosition = position, FinishedAt = Samples.Start },
        });
    }
}
