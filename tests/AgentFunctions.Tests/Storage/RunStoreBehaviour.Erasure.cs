using AgentFunctions.Runs;
using AgentFunctions.Sessions;

namespace AgentFunctions.Tests.Storage;

/// <summary>What people set of a session, and what is taken out of the store.</summary>
public abstract partial class RunStoreBehaviour
{
    private IRunErasure Erasure => (IRunErasure)Runs;

    [Fact]
    public async Task What_people_set_of_a_session_and_what_its_runs_count_do_not_disturb_each_other()
    {
        var run = await CreateAsync(Samples.Run("r1") with { SessionId = "s" });
        await Sessions.ChangeAsync("s", session => session with { Name = "Refunds", State = new() { ["a"] = 1 }, Version = 1, Runs = 99, AgentId = "nobody" });
        await FinishAsync(run, usage: new RunUsage(1, 2, 0, 0));
        await Sessions.ChangeAsync("s", session => session with { Summary = new SessionSummary("short", "r0", "r1", Samples.Start), Version = session.Version + 1 });
        await ReopenAsync();

        var read = (await Sessions.GetAsync("s"))!;
        Assert.Equal(("Refunds", 1, 2, "short"), (read.Name, (int)read.State!["a"]!, read.Version, read.Summary!.Text));
        Assert.Equal(("weather", 1, 3), (read.AgentId, read.Runs, read.Usage.TotalTokens));
        Assert.Equal("Refunds", (await Sessions.ListAsync(new SessionQuery())).Items[0].Name);
    }

    [Fact]
    public async Task Changes_of_a_session_at_once_are_made_one_after_the_other()
    {
        await CreateAsync(Samples.Run("r1") with { SessionId = "s" });
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Sessions.ChangeAsync("s", session => session with { Version = session.Version + 1 })));
        Assert.Equal(20, (await Sessions.GetAsync("s"))!.Version);
    }

    [Fact]
    public async Task A_change_that_throws_changes_nothing_and_one_of_no_session_is_null()
    {
        await CreateAsync(Samples.Run("r1") with { SessionId = "s" });
        await Assert.ThrowsAsync<NotSupportedException>(() => Sessions.ChangeAsync("s", _ => throw new NotSupportedException()));
        Assert.Equal(0, (await Sessions.GetAsync("s"))!.Version);
        Assert.Null(await Sessions.ChangeAsync("other", session => session));
    }

    [Fact]
    public async Task A_removed_run_is_gone_with_all_that_it_left_and_nothing_else()
    {
        foreach (var id in new[] { "gone", "kept" })
        {
            var run = await CreateAsync(Samples.Run(id) with { SessionId = "s", UserId = "u", SessionPosition = id == "gone" ? 1 : 2 });
            await Runs.CommitAsync(new RunCommit(id, "model:1:1", """{"text":"secret"}""")
            {
                Messages = [new NewMessage("m", 1, AgentFunctions.Models.Message.User(Samples.LongText(100_000)), Samples.Start)],
                Events = [Samples.Event(RunEventTypes.Token)],
            });
            await FinishAsync(run);
        }
        Assert.True(await Erasure.DeleteRunAsync("gone"));
        Assert.False(await Erasure.DeleteRunAsync("gone"));
        await ReopenAsync();

        Assert.Null(await Runs.GetAsync("gone"));
        Assert.Empty(await Runs.GetMessagesAsync("gone"));
        Assert.Empty(await Runs.GetResultsAsync("gone"));
        Assert.Null(await Runs.GetResultAsync("gone", "model:1:1"));
        Assert.Empty(await ReadLogAsync("gone"));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => Runs.CommitAsync(new RunCommit("gone", "late", "1")));
        foreach (var query in new RunQuery[] { new(), new(SessionId: "s"), new(UserId: "u"), new(AgentId: "weather"), new(Status: RunStatus.Completed) })
            Assert.Equal(["kept"], Ids(await Runs.ListAsync(query)));
        Assert.Equal(["kept"], (await Runs.GetSessionMessagesAsync("s", 9, 100)).Select(m => m.RunId));
        Assert.Equal(2, (await Sessions.GetAsync("s"))!.Runs);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    public async Task A_removed_result_is_gone_and_the_others_stay(int length)
    {
        var run = await CreateAsync(Samples.Run("r1"));
        await Runs.CommitAsync(new RunCommit("r1", "summary", $"\"{Samples.LongText(length)}\""));
        await Runs.CommitAsync(new RunCommit("r1", "other", "1"));
        await FinishAsync(run);
        await Erasure.DeleteResultAsync("r1", "summary");
        await Erasure.DeleteResultAsync("r1", "summary");

        Assert.Null(await Runs.GetResultAsync("r1", "summary"));
        Assert.Equal(["other", "finish"], (await Runs.GetResultsAsync("r1")).Select(r => r.Key));
    }

    [Fact]
    public async Task A_run_that_is_not_finished_is_not_removed()
    {
        await CreateAsync(Samples.Run("r1"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Erasure.DeleteRunAsync("r1"));
        Assert.NotNull(await Runs.GetAsync("r1"));
    }

    [Fact]
    public async Task A_removed_session_is_gone_and_begins_anew_with_its_next_run()
    {
        var run = await CreateAsync(Samples.Run("r1") with { SessionId = "s", UserId = "u" });
        await FinishAsync(run);
        await Sessions.ChangeAsync("s", session => session with { Name = "secret" });
        await Erasure.DeleteRunAsync("r1");
        await Sessions.DeleteAsync("s");
        await Sessions.DeleteAsync("s");

        Assert.Null(await Sessions.GetAsync("s"));
        Assert.Empty((await Sessions.ListAsync(new SessionQuery())).Items);
        Assert.Empty((await Sessions.ListAsync(new SessionQuery(UserId: "u"))).Items);
        await CreateAsync(Samples.Run("r2") with { SessionId = "s" });
        Assert.Equal((null, 0), ((await Sessions.GetAsync("s"))!.Name, (await Sessions.GetAsync("s"))!.Runs));
    }
}
