// What every audit log promises, whatever it is made of: one suite, inherited by each store's tests.
using System.Text.Json.Nodes;
using AgentFunctions.Audit;
using AgentFunctions.Tests.Storage;

namespace AgentFunctions.Tests.Audit;

/// <summary>The behaviour of <see cref="IAuditLog"/>; each test gets an empty log of its own.</summary>
public abstract class AuditLogBehaviour : IAsyncLifetime
{
    protected IAuditLog Log { get; private set; } = null!;

    public async Task InitializeAsync() => Log = await OpenAsync();

    public virtual Task DisposeAsync() => Task.CompletedTask;

    /// <summary>Opens the log; a second call opens it again beside the first, as another process would.</summary>
    protected abstract Task<IAuditLog> OpenAsync();

    // Ways behind the log's back, for one who can write to its storage.

    protected abstract Task ChangeDetailsAsync(long sequence, string details);

    protected abstract Task RemoveAsync(long sequence);

    /// <summary>Exchanges the contents of two records.</summary>
    protected abstract Task SwapAsync(long a, long b);

    /// <summary>Puts a record of the right form at its sequence.</summary>
    protected abstract Task InsertAsync(AuditRecord record);

    /// <summary>Cuts off the end and sets the head back, as one who knows the store well.</summary>
    protected abstract Task CutEndAsync(AuditRecord newLast);

    /// <summary>Removes the oldest records and says that retention did.</summary>
    protected abstract Task ForgeTrimAsync(AuditRecord through);

    [Fact]
    public async Task An_entry_is_read_back_with_all_that_it_says()
    {
        var entry = Entry("approval.resolved", 1) with
        {
            Actor = "ann",
            RunId = "r1",
            SessionId = "s1",
            UserId = "u'1",
            AgentId = "a1",
            Key = "k/1",
            Details = new JsonObject { ["amount"] = 12.50m, ["note"] = "größer & \"mehr\" 🚀", ["none"] = null },
        };
        var appended = await Log.AppendAsync(entry);

        var read = Assert.Single((await (await OpenAsync()).ListAsync(new AuditQuery())).Items);
        Assert.Equal(appended, read);
        Assert.Equal((1, AuditChain.Beginning, entry.At), (read.Sequence, read.PreviousHash, read.At));
        Assert.Equal(("ann", "r1", "s1", "u'1", "a1", "k/1"), (read.Actor, read.RunId, read.SessionId, read.UserId, read.AgentId, read.Key));
        Assert.True(JsonNode.DeepEquals(entry.Details, JsonNode.Parse(read.DetailsJson)));
    }

    [Fact]
    public async Task Large_details_are_kept_and_verify()
    {
        await Log.AppendAsync(Entry("custom.large", 1) with { Details = new JsonObject { ["text"] = Samples.LongText(100_000) } });
        Assert.Equal(100_000, ((string)JsonNode.Parse((await Log.ListAsync(new AuditQuery())).Items[0].DetailsJson)!["text"]!).Length);
        await AssertIntactAsync(1);
    }

    [Fact]
    public async Task An_entry_with_a_key_is_on_record_once()
    {
        var first = await Log.AppendAsync(Entry("custom.a", 1) with { Key = "same" });
        await Log.AppendAsync(Entry("custom.b", 2));
        var again = await Log.AppendAsync(Entry("custom.c", 3) with { Key = "same" });

        Assert.Equal(first, again);
        Assert.Equal(["custom.b", "custom.a"], await KindsAsync(new AuditQuery()));
    }

    [Fact]
    public async Task Entries_that_come_at_once_make_one_chain()
    {
        var other = await OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 40).Select(n => (n % 2 == 0 ? Log : other).AppendAsync(Entry("custom.a", n) with { Key = $"k{n / 2}" })));

        await AssertIntactAsync(20);
        Assert.Equal(Enumerable.Range(1, 20).Reverse().Select(n => (long)n), (await Log.ListAsync(new AuditQuery())).Items.Select(r => r.Sequence));
    }

    [Fact]
    public async Task Each_filter_leaves_what_it_names_and_pages_go_on_where_they_ended()
    {
        for (var n = 0; n < 12; n++)
        {
            await Log.AppendAsync(Entry(n % 3 == 0 ? "approval.resolved" : n % 3 == 1 ? "approval.expired" : "approvals.other", n) with
            {
                RunId = $"r{n % 2}",
                SessionId = $"s{n % 4}",
                UserId = $"u'{n % 6}",
                AgentId = $"a{n % 5}",
                Actor = $"p{n}",
            });
        }

        Assert.Equal([10, 7, 4, 1], await SequencesAsync(new AuditQuery(Kind: "approval.resolved")));
        Assert.Equal([11, 10, 8, 7, 5, 4, 2, 1], await SequencesAsync(new AuditQuery(Kind: "approval.*")));
        Assert.Equal([12, 10, 8, 6, 4, 2], await SequencesAsync(new AuditQuery(RunId: "r1")));
        Assert.Equal([12, 8, 4], await SequencesAsync(new AuditQuery(SessionId: "s3")));
        Assert.Equal([12, 6], await SequencesAsync(new AuditQuery(UserId: "u'5")));
        Assert.Equal([11, 6, 1], await SequencesAsync(new AuditQuery(AgentId: "a0")));
        Assert.Equal([6], await SequencesAsync(new AuditQuery(Actor: "p5")));
        Assert.Equal([8, 7], await SequencesAsync(new AuditQuery(From: Samples.Start.AddMinutes(6), To: Samples.Start.AddMinutes(8))));
        var first = await Log.ListAsync(new AuditQuery(Kind: "approval.*", Limit: 3));
        await Log.AppendAsync(Entry("approval.resolved", 99));
        var second = await Log.ListAsync(new AuditQuery(Kind: "approval.*", Limit: 5, Cursor: first.NextCursor));
        Assert.Equal([11, 10, 8], first.Items.Select(r => r.Sequence));
        Assert.Equal([7, 5, 4, 2, 1], second.Items.Select(r => r.Sequence));
        Assert.Null(second.NextCursor);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("audit:x")]
    [InlineData("")]
    public async Task A_cursor_of_another_list_is_refused(string cursor) =>
        await Assert.ThrowsAsync<FormatException>(() => Log.ListAsync(new AuditQuery(Cursor: cursor)));

    [Fact]
    public async Task An_empty_log_is_intact()
    {
        var found = await Log.VerifyAsync();
        Assert.Equal((true, 0, null), (found.Intact, found.Count, found.Head));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public async Task A_changed_record_is_found(long sequence)
    {
        await FillAsync(5);
        await ChangeDetailsAsync(sequence, """{"n":99}""");
        await AssertBrokenAsync(sequence);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public async Task A_removed_record_is_found(long sequence)
    {
        await FillAsync(5);
        await RemoveAsync(sequence);
        await AssertBrokenAsync(sequence);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 5)]
    public async Task Records_that_changed_places_are_found(long a, long b)
    {
        await FillAsync(5);
        await SwapAsync(a, b);
        await AssertBrokenAsync(a);
    }

    [Fact]
    public async Task A_record_that_was_rewritten_with_a_hash_of_its_own_is_found()
    {
        await FillAsync(5);
        var second = (await Log.ListAsync(new AuditQuery())).Items.Single(r => r.Sequence == 2);
        await RemoveAsync(3);
        await InsertAsync(AuditChain.Next(new AuditAnchor(2, second.Hash), Entry("custom.forged", 3)));
        await AssertBrokenAsync(3);
    }

    [Fact]
    public async Task The_first_record_cannot_be_replaced()
    {
        await FillAsync(2);
        await RemoveAsync(1);
        await InsertAsync(AuditChain.Next(null, Entry("custom.forged", 1)));
        await AssertBrokenAsync(1);
    }

    [Fact]
    public async Task An_end_that_was_cut_off_with_its_head_is_found_by_an_anchor_that_was_kept_elsewhere()
    {
        await FillAsync(5);
        var anchor = (await Log.VerifyAsync()).Head!;
        await CutEndAsync((await Log.ListAsync(new AuditQuery())).Items.Single(r => r.Sequence == 3));

        await AssertIntactAsync(3);
        Assert.Equal(4, (await Log.VerifyAsync(anchor)).BrokenAt);
        await FillAsync(5);
        Assert.Equal(5, (await Log.VerifyAsync(anchor)).BrokenAt);
    }

    [Fact]
    public async Task An_anchor_of_an_intact_log_holds_also_when_the_log_grew()
    {
        await FillAsync(3);
        var anchor = (await Log.VerifyAsync()).Head!;
        await FillAsync(2);
        Assert.True((await Log.VerifyAsync(anchor)).Intact);
        Assert.Equal(2, (await Log.VerifyAsync(anchor with { Sequence = 2 })).BrokenAt);
    }

    [Fact]
    public async Task What_is_trimmed_is_gone_and_the_rest_verifies()
    {
        await FillAsync(10);
        var anchor = (await Log.VerifyAsync()).Head!;
        Assert.Equal(6, await Log.TrimAsync(Samples.Start.AddMinutes(6), Samples.Start.AddMinutes(20)));

        Assert.Equal([11, 10, 9, 8, 7], await SequencesAsync(new AuditQuery()));
        Assert.Equal(AuditKinds.Trimmed, (await KindsAsync(new AuditQuery()))[0]);
        await AssertIntactAsync(5);
        Assert.True((await Log.VerifyAsync(anchor)).Intact);
        Assert.Equal(0, await Log.TrimAsync(Samples.Start.AddMinutes(6), Samples.Start.AddMinutes(20)));
        await FillAsync(2);
        Assert.Equal(2, await Log.TrimAsync(Samples.Start.AddMinutes(8), Samples.Start.AddMinutes(20)));
        await AssertIntactAsync(6);
    }

    [Fact]
    public async Task The_latest_record_is_never_trimmed()
    {
        await FillAsync(1);
        Assert.Equal(0, await Log.TrimAsync(Samples.Start.AddDays(1), Samples.Start));
        await AssertIntactAsync(1);
    }

    [Fact]
    public async Task A_beginning_that_was_cut_off_as_if_it_was_trimmed_is_found()
    {
        await FillAsync(5);
        await ForgeTrimAsync((await Log.ListAsync(new AuditQuery())).Items.Single(r => r.Sequence == 2));
        await AssertBrokenAsync(3);
    }

    private async Task FillAsync(int count)
    {
        for (var n = 0; n < count; n++)
            await Log.AppendAsync(Entry("custom.filled", n) with { Details = new JsonObject { ["n"] = n } });
    }

    private async Task AssertIntactAsync(long count)
    {
        var found = await Log.VerifyAsync();
        Assert.Equal((null, count), (found.Problem, found.Count));
        Assert.Equal((await Log.ListAsync(new AuditQuery(Limit: 1))).Items[0].Hash, found.Head!.Hash);
    }

    private async Task AssertBrokenAsync(long sequence)
    {
        var found = await Log.VerifyAsync();
        Assert.False(found.Intact);
        Assert.Equal(sequence, found.BrokenAt);
        Assert.NotEmpty(found.Problem!);
    }

    private async Task<List<long>> SequencesAsync(AuditQuery query) => [.. (await Log.ListAsync(query)).Items.Select(r => r.Sequence)];

    private async Task<List<string>> KindsAsync(AuditQuery query) => [.. (await Log.ListAsync(query)).Items.Select(r => r.Kind)];

    private static AuditEntry Entry(string kind, int minute) => new() { Kind = kind, At = Samples.Start.AddMinutes(minute) };
}
