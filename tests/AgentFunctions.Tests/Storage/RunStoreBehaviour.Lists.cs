using AgentFunctions.Runs;

namespace AgentFunctions.Tests.Storage;

/// <summary>The run list.</summary>
public abstract partial class RunStoreBehaviour
{
    public static TheoryData<string, RunQuery> Filters => new()
    {
        { "agent", new RunQuery(AgentId: "a1") },
        { "session", new RunQuery(SessionId: "s1") },
        { "user", new RunQuery(UserId: "u1") },
        { "status", new RunQuery(Status: RunStatus.Running) },
        { "model", new RunQuery(Model: "m1") },
        { "all of them", new RunQuery("a1", "s1", "u1", RunStatus.Running, "m1", Samples.Start, Samples.Start.AddHours(1)) },
    };

    [Theory]
    [MemberData(nameof(Filters), DisableDiscoveryEnumeration = true)]
    public async Task The_run_list_is_filtered_by(string what, RunQuery query)
    {
        await CreateAsync(Samples.Run($"wanted {what}") with { AgentId = "a1", SessionId = "s1", UserId = "u1", Model = "m1" });
        await CreateAsync(Samples.Run("other") with { AgentId = "a2", SessionId = "s2", UserId = "u2", Model = "m2" });
        await CreateAsync(Samples.Run("nobody") with { AgentId = "a2", SessionId = "s3", Model = "m2" });
        await Runs.CommitAsync(new RunCommit($"wanted {what}", "k", "1") { Change = row => row with { Status = RunStatus.Running } });

        Assert.Equal([$"wanted {what}"], Ids(await Runs.ListAsync(query)));
    }

    [Fact]
    public async Task A_run_is_listed_under_its_present_status_only()
    {
        var run = await CreateAsync(Samples.Run("r1"));
        await FinishAsync(run, RunStatus.Cancelled);

        Assert.Empty(Ids(await Runs.ListAsync(new RunQuery(Status: RunStatus.Pending))));
        Assert.Equal(["r1"], Ids(await Runs.ListAsync(new RunQuery(Status: RunStatus.Cancelled))));
    }

    [Fact]
    public async Task Runs_are_listed_from_a_time_on_and_up_to_but_not_at_another()
    {
        await CreateRunsAsync("r", 4);
        Assert.Equal(["r2", "r1"], Ids(await Runs.ListAsync(new RunQuery(From: Samples.Start.AddMinutes(1), To: Samples.Start.AddMinutes(3)))));
        Assert.Equal(["r3"], Ids(await Runs.ListAsync(new RunQuery(From: Samples.Start.AddMinutes(2).AddTicks(1)))));
        Assert.Equal(4, (await Runs.ListAsync(new RunQuery(From: DateTimeOffset.MinValue, To: DateTimeOffset.MaxValue))).Items.Count);
    }

    [Fact]
    public async Task The_newest_runs_come_first_and_pages_follow_each_other()
    {
        await CreateRunsAsync("r", 5);
        var first = await Runs.ListAsync(new RunQuery(Limit: 2));
        await ReopenAsync();
        var second = await Runs.ListAsync(new RunQuery(Limit: 2, Cursor: first.NextCursor));
        var third = await Runs.ListAsync(new RunQuery(Limit: 2, Cursor: second.NextCursor));

        Assert.Equal(["r4", "r3"], Ids(first));
        Assert.Equal(["r2", "r1"], Ids(second));
        Assert.Equal(["r0"], Ids(third));
        Assert.Null(third.NextCursor);
    }

    [Fact]
    public async Task A_page_that_ends_with_the_list_has_no_cursor()
    {
        await CreateRunsAsync("r", 2);
        Assert.Null((await Runs.ListAsync(new RunQuery(Limit: 2))).NextCursor);
        Assert.Null((await Runs.ListAsync(new RunQuery(AgentId: "none"))).NextCursor);
    }

    [Fact]
    public async Task Pages_have_no_gaps_and_no_doubles_while_runs_arrive_and_change()
    {
        await CreateRunsAsync("old", 9);
        var seen = new List<string>();
        string? cursor = null;
        var page = 0;
        do
        {
            var part = await Runs.ListAsync(new RunQuery(AgentId: "weather", Limit: 2, Cursor: cursor));
            seen.AddRange(Ids(part));
            cursor = part.NextCursor;
            await CreateAsync(Samples.Run($"new{page}", minute: 100 + page));
            await Runs.CommitAsync(CountStep("old0", page++));
        }
        while (cursor is not null);

        Assert.Equal(Enumerable.Range(0, 9).Reverse().Select(n => $"old{n}"), seen);
    }

    [Fact]
    public async Task Runs_of_the_same_instant_are_paged_without_gaps_and_doubles()
    {
        foreach (var n in Enumerable.Range(0, 7))
        {
            await CreateAsync(Samples.Run($"r{n}"));
        }
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var part = await Runs.ListAsync(new RunQuery(Limit: 3, Cursor: cursor));
            seen.AddRange(Ids(part));
            cursor = part.NextCursor;
        }
        while (cursor is not null);
        Assert.Equal(Enumerable.Range(0, 7).Select(n => $"r{n}"), seen.Order());
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("%%%")]
    [InlineData("bm90IGEgY3Vyc29y")]
    [InlineData("")]
    public async Task A_cursor_that_the_store_did_not_issue_is_refused(string cursor)
    {
        await Assert.ThrowsAsync<FormatException>(() => Runs.ListAsync(new RunQuery(Cursor: cursor)));
        await Assert.ThrowsAsync<FormatException>(() => Sessions.ListAsync(new Sessions.SessionQuery(Cursor: cursor)));
    }

    [Fact]
    public async Task A_page_holds_at_most_two_hundred_runs_whatever_was_asked_for()
    {
        await Task.WhenAll(Enumerable.Range(0, 201).Select(n => CreateAsync(Samples.Run($"r{n}", minute: n))));
        var page = await Runs.ListAsync(new RunQuery(Limit: 1000));
        Assert.Equal(200, page.Items.Count);
        Assert.Equal(["r0"], Ids(await Runs.ListAsync(new RunQuery(Limit: 1000, Cursor: page.NextCursor))));
    }

    [Fact]
    public async Task Unfinished_runs_created_before_a_time_are_listed_oldest_first()
    {
        await CreateRunsAsync("r", 5);
        await FinishAsync((await Runs.GetAsync("r1"))!, RunStatus.Error);
        await Runs.CommitAsync(new RunCommit("r2", "k", "1") { Change = row => row with { Status = RunStatus.Running } });

        Assert.Equal(["r0", "r2", "r3"], (await Runs.ListUnfinishedAsync(Samples.Start.AddMinutes(4), limit: 10)).Select(run => run.RunId));
        Assert.Equal(["r0", "r2"], (await Runs.ListUnfinishedAsync(Samples.Start.AddMinutes(4), limit: 2)).Select(run => run.RunId));
    }

    [Fact]
    public async Task Unfinished_runs_are_listed_page_after_page_to_the_last()
    {
        await CreateRunsAsync("r", 3);
        await CreateAsync(Samples.Run("r0/2", minute: 0));
        await CreateAsync(Samples.Run("r00", minute: 0));
        var all = await Runs.ListUnfinishedAsync(Samples.Start.AddHours(1), limit: 10);
        Assert.Equal(5, all.Count);

        var paged = new List<string>();
        for (RunRecord? last = null; ;)
        {
            var page = await Runs.ListUnfinishedAsync(Samples.Start.AddHours(1), limit: 1, after: last);
            if (page.Count == 0)
                break;
            last = Assert.Single(page);
            paged.Add(last.RunId);
            await FinishAsync(last, RunStatus.Error);
        }

        Assert.Equal(all.Select(run => run.RunId), paged);
    }

    [Fact]
    public async Task Members_runs_are_listed_by_their_parent_or_on_request_only()
    {
        await CreateAsync(Samples.Run("root"));
        await CreateAsync(Samples.Run("root~1", minute: 1) with { ParentRunId = "root", Depth = 1 });
        await CreateAsync(Samples.Run("root~2", minute: 2) with { ParentRunId = "root~1", Depth = 2 });

        Assert.Equal(["root"], Ids(await Runs.ListAsync(new RunQuery())));
        Assert.Equal(["root~1"], Ids(await Runs.ListAsync(new RunQuery { ParentRunId = "root" })));
        Assert.Equal(["root~2"], Ids(await Runs.ListAsync(new RunQuery { ParentRunId = "root~1" })));
        Assert.Equal(["root~2", "root~1", "root"], Ids(await Runs.ListAsync(new RunQuery { IncludeMembers = true })));
        Assert.Equal(3, (await Runs.ListUnfinishedAsync(Samples.Start.AddHours(1), limit: 10)).Count);
    }

    /// <summary>Creates runs {prefix}0, {prefix}1, …, a minute apart.</summary>
    private async Task CreateRunsAsync(string prefix, int count)
    {
        foreach (var n in Enumerable.Range(0, count))
        {
            await CreateAsync(Samples.Run($"{prefix}{n}", minute: n));
        }
    }

    private static IEnumerable<string> Ids(ListPage<RunRecord> page) => page.Items.Select(run => run.RunId);
}
