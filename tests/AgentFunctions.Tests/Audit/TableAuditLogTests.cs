// The audit log in a table, on real Azurite, under the suite of every audit log.
using AgentFunctions.Audit;
using AgentFunctions.Storage;
using AgentFunctions.Tests.Storage;
using AgentFunctions.Tests.Tables;
using Azure;
using Azure.Data.Tables;
using static AgentFunctions.Tests.Tables.FaultyTransport;

namespace AgentFunctions.Tests.Audit;

[RequiresAzurite]
[Collection(AzuriteTests.Name)]
public sealed class TableAuditLogTests(AzuriteFixture azurite) : AuditLogBehaviour
{
    private readonly string _prefix = AzuriteFixture.NewPrefix();

    private TableClient Table => azurite.Connect().GetTableClient(_prefix + "Audit");

    protected override Task<IAuditLog> OpenAsync() => OpenAsync(null);

    [Fact]
    public async Task An_append_whose_answer_was_lost_is_on_record_once()
    {
        using var transport = new FaultyTransport();
        var log = await OpenAsync(transport.Options);
        await log.AppendAsync(new AuditEntry { Kind = "custom.a", At = Samples.Start });
        transport.FailNext(Fault.AnswerLost, "/$batch", _prefix + "Audit");
        await log.AppendAsync(new AuditEntry { Kind = "custom.b", At = Samples.Start });

        Assert.Equal(2, (await Log.ListAsync(new AuditQuery())).Items.Count);
        Assert.True((await Log.VerifyAsync()).Intact);
    }

    [Fact]
    public async Task A_trim_that_was_cut_off_shows_nothing_of_what_it_left_and_the_next_one_removes_it()
    {
        for (var n = 0; n < 4; n++)
            await Log.AppendAsync(new AuditEntry { Kind = "custom.a", At = Samples.Start.AddMinutes(n) });
        using var transport = new FaultyTransport();
        var crashing = await OpenAsync(transport.Options);
        transport.FailNext(Fault.Crash, "DELETE", _prefix + "Audit");
        await Assert.ThrowsAsync<InvalidOperationException>(() => crashing.TrimAsync(Samples.Start.AddMinutes(2), Samples.Start));

        Assert.Equal([5, 4, 3], (await Log.ListAsync(new AuditQuery())).Items.Select(r => r.Sequence));
        Assert.True((await Log.VerifyAsync()).Intact);
        Assert.Equal(2, await Log.TrimAsync(Samples.Start.AddMinutes(2), Samples.Start));
        Assert.True((await Log.VerifyAsync()).Intact);
    }

    protected override async Task ChangeDetailsAsync(long sequence, string details)
    {
        var row = await RowAsync(sequence);
        row["Text"] = details;
        await Table.UpdateEntityAsync(row, ETag.All, TableUpdateMode.Replace);
    }

    protected override Task RemoveAsync(long sequence) => Table.DeleteEntityAsync("audit", Key(sequence));

    protected override async Task SwapAsync(long a, long b)
    {
        var (first, second) = (await RowAsync(a), await RowAsync(b));
        (first.RowKey, second.RowKey) = (second.RowKey, first.RowKey);
        await Table.UpdateEntityAsync(first, ETag.All, TableUpdateMode.Replace);
        await Table.UpdateEntityAsync(second, ETag.All, TableUpdateMode.Replace);
    }

    protected override Task InsertAsync(AuditRecord record) => Table.AddEntityAsync(new TableEntity("audit", Key(record.Sequence))
    {
        ["Kind"] = record.Kind,
        ["At"] = record.At.UtcTicks,
        ["PreviousHash"] = record.PreviousHash,
        ["Hash"] = record.Hash,
        ["Text"] = record.DetailsJson,
    });

    protected override async Task CutEndAsync(AuditRecord newLast)
    {
        var head = (await Table.GetEntityAsync<TableEntity>("audit", "head")).Value;
        for (var n = newLast.Sequence + 1; n <= head.GetInt64("Sequence"); n++)
            await RemoveAsync(n);
        (head["Sequence"], head["Hash"]) = (newLast.Sequence, newLast.Hash);
        await Table.UpdateEntityAsync(head, ETag.All, TableUpdateMode.Replace);
    }

    protected override async Task ForgeTrimAsync(AuditRecord through)
    {
        for (var n = 1; n <= through.Sequence; n++)
            await RemoveAsync(n);
        var head = (await Table.GetEntityAsync<TableEntity>("audit", "head")).Value;
        (head["TrimmedSequence"], head["TrimmedHash"]) = (through.Sequence, through.Hash);
        await Table.UpdateEntityAsync(head, ETag.All, TableUpdateMode.Replace);
    }

    private async Task<IAuditLog> OpenAsync(TableClientOptions? options)
    {
        var tables = new AgentTables(azurite.Connect(options), _prefix);
        await tables.CreateAsync();
        return new TableAuditLog(tables, new WriteConflicts(TimeProvider.System, () => 0.5));
    }

    private async Task<TableEntity> RowAsync(long sequence) => (await Table.GetEntityAsync<TableEntity>("audit", Key(sequence))).Value;

    private static string Key(long sequence) => $"entry:{long.MaxValue - sequence:D19}";
}
