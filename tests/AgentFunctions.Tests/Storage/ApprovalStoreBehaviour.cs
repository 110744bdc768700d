// What every approval store promises: one suite, inherited by each store's tests.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Approvals;
using AgentFunctions.Sessions;

namespace AgentFunctions.Tests.Storage;

/// <summary>The behaviour of <see cref="IApprovalStore"/>; inherited like <see cref="RunStoreBehaviour"/>.</summary>
public abstract class ApprovalStoreBehaviour : IAsyncLifetime
{
    private IApprovalStore _store = null!;

    public async Task InitializeAsync() => _store = await OpenAsync();

    public virtual Task DisposeAsync() => CloseAsync();

    /// <summary>Opens the store on the test's own place, empty at first. A second call opens it beside the first, as another process would.</summary>
    protected abstract Task<IApprovalStore> OpenAsync();

    /// <summary>Closes everything that <see cref="OpenAsync"/> opened and keeps the place.</summary>
    protected abstract Task CloseAsync();

    [Fact]
    public async Task An_approval_is_read_back_as_it_was_opened_also_after_a_restart()
    {
        var opened = await _store.OpenAsync(Approval("a1") with
        {
            Arguments = JsonElement.Parse("""{"amount":150.50,"note":"Grüße 東京"}"""),
            Context = new JsonObject { ["reason"] = "outcome_unknown" },
            Approvers = ["ada", "grace"],
            Quorum = 2,
            ExpiresAt = Samples.Start.AddHours(1),
        });
        await CloseAsync();
        _store = await OpenAsync();

        var read = await _store.GetAsync("a1");
        Assert.Equal(ApprovalJson.Of(opened).ToJsonString(), ApprovalJson.Of(read!).ToJsonString());
        Assert.Equal("""{"amount":150.50,"note":"Grüße 東京"}""", read!.Arguments!.Value.GetRawText());
        Assert.Null(await _store.GetAsync("unknown"));
    }

    [Fact]
    public async Task Opening_again_changes_nothing_and_gives_the_one_that_stands()
    {
        await _store.OpenAsync(Approval("a1"));
        await _store.ChangeAsync("a1", a => a.Vote(Yes("ada")));

        var again = await _store.OpenAsync(Approval("a1") with { ToolName = "other" });

        Assert.Equal(ApprovalStatus.Approved, again.Status);
        Assert.Equal("refund", again.ToolName);
    }

    [Fact]
    public async Task Of_many_who_decide_at_once_in_two_processes_one_wins_and_the_others_are_refused()
    {
        var other = await OpenAsync();
        await _store.OpenAsync(Approval("a1"));

        var votes = Enumerable.Range(0, 12).Select(n => TryVoteAsync(n % 2 == 0 ? _store : other, n % 3 == 0 ? No($"p{n}") : Yes($"p{n}")));
        var won = (await Task.WhenAll(votes)).Where(by => by is not null).ToList();

        var decided = await _store.GetAsync("a1");
        Assert.Equal(Assert.Single(won), decided!.ResolvedBy);
        Assert.Single(decided.Votes);
    }

    [Fact]
    public async Task No_vote_of_a_quorum_is_lost_when_all_vote_at_once()
    {
        var other = await OpenAsync();
        await _store.OpenAsync(Approval("a1") with { Quorum = 6 });

        await Task.WhenAll(Enumerable.Range(0, 6).Select(n => TryVoteAsync(n % 2 == 0 ? _store : other, Yes($"p{n}"))));

        var decided = await other.GetAsync("a1");
        Assert.Equal(ApprovalStatus.Approved, decided!.Status);
        Assert.Equal(["p0", "p1", "p2", "p3", "p4", "p5"], decided.Votes.Select(v => v.By).Order());
    }

    [Fact]
    public async Task What_a_change_throws_comes_out_and_leaves_the_row_as_it_was()
    {
        await _store.OpenAsync(Approval("a1"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => _store.ChangeAsync("a1", _ => throw new InvalidOperationException("no")));
        Assert.True((await _store.GetAsync("a1"))!.IsPending);
        Assert.Null(await _store.ChangeAsync("unknown", a => a));
    }

    [Fact]
    public async Task Approvals_are_listed_newest_first_by_every_filter_and_page_by_page()
    {
        for (var n = 1; n <= 5; n++)
            await _store.OpenAsync(Approval($"a{n}", minute: n));
        await _store.OpenAsync(Approval("b1", minute: 6) with
        {
            RunId = "r2",
            SessionId = "s2",
            AgentId = "other",
            UserId = "u2",
            TeamId = "t",
            WorkflowId = "w",
            SourceType = ApprovalSource.Workflow,
            PauseType = ApprovalPause.UserInput,
        });
        await _store.ChangeAsync("a2", a => a.Vote(Yes("ada")));

        Assert.Equal(["b1", "a5", "a4", "a3", "a2", "a1"], await ListAsync(new ApprovalQuery()));
        Assert.Equal(["b1", "a5", "a4", "a3", "a1"], await ListAsync(new ApprovalQuery(ApprovalStatus.Pending)));
        Assert.Equal(["a2"], await ListAsync(new ApprovalQuery(ApprovalStatus.Approved)));
        Assert.Equal(["a5", "a4", "a3", "a2", "a1"], await ListAsync(new ApprovalQuery(RunId: "r1")));
        Assert.All(
            new ApprovalQuery[]
            {
                new(SourceType: ApprovalSource.Workflow), new(PauseType: ApprovalPause.UserInput), new(RunId: "r2"), new(SessionId: "s2"), new(AgentId: "other"),
                new(TeamId: "t"), new(WorkflowId: "w"), new(UserId: "u2"), new(From: Samples.Start.AddMinutes(6)),
            },
            query => Assert.Equal(["b1"], ListAsync(query).GetAwaiter().GetResult()));
        Assert.Equal(["a2", "a1"], await ListAsync(new ApprovalQuery(To: Samples.Start.AddMinutes(3))));

        var first = await _store.ListAsync(new ApprovalQuery(Limit: 4));
        var second = await _store.ListAsync(new ApprovalQuery(Limit: 4, Cursor: first.NextCursor));
        Assert.Equal(["b1", "a5", "a4", "a3", "a2", "a1"], first.Items.Concat(second.Items).Select(a => a.Id));
        Assert.Null(second.NextCursor);
        await Assert.ThrowsAsync<FormatException>(() => _store.ListAsync(new ApprovalQuery(Cursor: "nonsense!")));
    }

    [Fact]
    public async Task The_queue_is_counted_up_to_the_limit_with_its_oldest()
    {
        Assert.Equal(new ApprovalCount(0, null), await _store.CountAsync(new ApprovalQuery(ApprovalStatus.Pending), 10));
        for (var n = 1; n <= 3; n++)
            await _store.OpenAsync(Approval($"a{n}", minute: n));
        await _store.ChangeAsync("a1", a => a.Vote(No("ada")));

        Assert.Equal(new ApprovalCount(2, Samples.Start.AddMinutes(2)), await _store.CountAsync(new ApprovalQuery(ApprovalStatus.Pending), 10));
        Assert.Equal(2, (await _store.CountAsync(new ApprovalQuery(RunId: "r1"), 2)).Count);
    }

    [Fact]
    public async Task Deleted_approvals_of_a_run_are_in_no_list_and_those_of_others_stay()
    {
        var erasure = (IApprovalErasure)_store;
        for (var n = 1; n <= 3; n++)
            await _store.OpenAsync(Approval($"a{n}", minute: n));
        await _store.OpenAsync(Approval("b1", minute: 4) with { RunId = "r2" });
        await _store.ChangeAsync("a2", a => a.Vote(Yes("ada")));

        await erasure.DeleteApprovalsAsync("r1");
        await erasure.DeleteApprovalsAsync("r1");
        await erasure.DeleteApprovalsAsync("unknown");

        foreach (var id in new[] { "a1", "a2", "a3" })
            Assert.Null(await _store.GetAsync(id));
        Assert.All(
            new ApprovalQuery[] { new(), new(ApprovalStatus.Pending), new(SessionId: "s1"), new(AgentId: "support"), new(UserId: "u1"), new(RunId: "r2") },
            query => Assert.Equal(["b1"], ListAsync(query).GetAwaiter().GetResult()));
        Assert.Empty(await ListAsync(new ApprovalQuery(ApprovalStatus.Approved)));
        Assert.Empty(await ListAsync(new ApprovalQuery(RunId: "r1")));
        Assert.Equal(1, (await _store.CountAsync(new ApprovalQuery(ApprovalStatus.Pending), 10)).Count);

        var again = await _store.OpenAsync(Approval("a2") with { ToolName = "other" });
        Assert.Equal((ApprovalStatus.Pending, "other"), (again.Status, again.ToolName));
    }

    internal static ApprovalRecord Approval(string id, int minute = 0) => new()
    {
        Id = id,
        RunId = "r1",
        SessionId = "s1",
        AgentId = "support",
        UserId = "u1",
        ToolName = "refund",
        CallId = "call_1",
        Step = 1,
        CreatedAt = Samples.Start.AddMinutes(minute),
        UpdatedAt = Samples.Start.AddMinutes(minute),
    };

    private static ApprovalVote Yes(string by) => new(ApprovalStatus.Approved, by, null, Samples.Start.AddMinutes(30));

    private static ApprovalVote No(string by) => new(ApprovalStatus.Rejected, by, "no", Samples.Start.AddMinutes(30));

    private static async Task<string?> TryVoteAsync(IApprovalStore store, ApprovalVote vote)
    {
        try
        {
            await store.ChangeAsync("a1", a => a.Vote(vote));
            return vote.By;
        }
        catch (ApprovalRefusedException e) when (e.Reason == ApprovalRefusal.Decided)
        {
            return null;
        }
    }

    private async Task<IEnumerable<string>> ListAsync(ApprovalQuery query) => (await _store.ListAsync(query)).Items.Select(a => a.Id);
}
