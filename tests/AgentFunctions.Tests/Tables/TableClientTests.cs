using Azure;
using Azure.Data.Tables;

namespace AgentFunctions.Tests.Tables;

/// <summary>The embedded table client against the real protocol.</summary>
[RequiresAzurite]
[Collection(AzuriteTests.Name)]
public sealed class TableClientTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task Every_property_type_comes_back_as_it_was_stored()
    {
        var table = await NewTableAsync();
        var entity = new TableEntity("p", "r")
        {
            ["Text"] = "grüße \"quoted\" 漢字 🙂\n",
            ["Int"] = 7,
            ["Long"] = long.MaxValue,
            ["Whole"] = 5.0,
            ["Double"] = 0.1,
            ["Flag"] = true,
            ["Bytes"] = new byte[] { 0, 1, 255 },
            ["Time"] = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(1234567),
            ["Guid"] = Guid.Parse("6fa459ea-ee8a-3ca4-894e-db77e160355e"),
        };

        await table.AddEntityAsync(entity);
        var stored = (await table.GetEntityAsync<TableEntity>("p", "r")).Value;

        Assert.All(entity.Keys, key => Assert.Equal(entity[key], stored[key]));
        Assert.NotEqual(default, stored.ETag);
        Assert.NotNull(stored.Timestamp);
    }

    [Fact]
    public async Task Keys_may_have_any_character_that_the_service_allows()
    {
        var table = await NewTableAsync();
        const string Key = "it's 100% a+b=c & ü:漢|~";

        await table.UpsertEntityAsync(new TableEntity(Key, Key) { ["Value"] = 1 });
        await table.SubmitTransactionAsync([new TableTransactionAction(TableTransactionActionType.UpdateMerge, new TableEntity(Key, Key) { ["Other"] = 2 })]);

        var stored = (await table.GetEntityAsync<TableEntity>(Key, Key)).Value;
        Assert.Equal((1, 2), (stored.GetInt32("Value"), stored.GetInt32("Other")));
    }

    [Fact]
    public async Task A_second_insert_is_refused()
    {
        var table = await NewTableAsync();
        await table.AddEntityAsync(new TableEntity("p", "r"));

        var error = await Assert.ThrowsAsync<RequestFailedException>(() => table.AddEntityAsync(new TableEntity("p", "r")));

        Assert.Equal((409, "EntityAlreadyExists"), (error.Status, error.ErrorCode));
    }

    [Fact]
    public async Task An_update_of_an_older_version_is_refused()
    {
        var table = await NewTableAsync();
        await table.AddEntityAsync(new TableEntity("p", "r") { ["Value"] = 1 });
        var old = (await table.GetEntityAsync<TableEntity>("p", "r")).Value;
        await table.UpdateEntityAsync(new TableEntity("p", "r") { ["Value"] = 2 }, old.ETag, TableUpdateMode.Replace);

        var error = await Assert.ThrowsAsync<RequestFailedException>(() => table.UpdateEntityAsync(old, old.ETag));

        Assert.Equal((412, "UpdateConditionNotSatisfied"), (error.Status, error.ErrorCode));
    }

    [Fact]
    public async Task A_merge_keeps_what_it_does_not_name_and_a_replacement_does_not()
    {
        var table = await NewTableAsync();
        await table.AddEntityAsync(new TableEntity("p", "r") { ["A"] = 1 });

        await table.UpsertEntityAsync(new TableEntity("p", "r") { ["B"] = 2 });
        Assert.Equal(1, (await table.GetEntityAsync<TableEntity>("p", "r")).Value.GetInt32("A"));

        await table.UpsertEntityAsync(new TableEntity("p", "r") { ["B"] = 3 }, TableUpdateMode.Replace);
        Assert.False((await table.GetEntityAsync<TableEntity>("p", "r")).Value.ContainsKey("A"));
    }

    [Fact]
    public async Task A_missing_entity_is_told_apart_from_a_failure()
    {
        var table = await NewTableAsync();

        Assert.False((await table.GetEntityIfExistsAsync<TableEntity>("p", "none")).HasValue);
        Assert.Equal(404, (await table.DeleteEntityAsync("p", "none")).Status);
        var error = await Assert.ThrowsAsync<RequestFailedException>(() => table.GetEntityAsync<TableEntity>("p", "none"));
        Assert.Equal(404, error.Status);
    }

    [Fact]
    public async Task A_query_gives_every_match_once_in_key_order_across_pages()
    {
        var table = await NewTableAsync();
        var expected = Enumerable.Range(0, 250).Select(n => $"{n:D4}").ToList();
        foreach (var chunk in expected.Chunk(100))
        {
            await table.SubmitTransactionAsync(chunk.Select(key => new TableTransactionAction(TableTransactionActionType.Add, new TableEntity("p", key) { ["Big"] = "x" })));
        }
        await table.AddEntityAsync(new TableEntity("other", "0000"));

        var pages = new List<Page<TableEntity>>();
        await foreach (var page in table.QueryAsync<TableEntity>("PartitionKey eq 'p'", maxPerPage: 100, select: ["RowKey"]).AsPages())
        {
            pages.Add(page);
        }

        Assert.Equal(expected, pages.SelectMany(p => p.Values).Select(e => e.RowKey));
        Assert.Equal([100, 100, 50], pages.Select(p => p.Values.Count));
        Assert.False(pages[0].Values[0].ContainsKey("Big"));
        var second = table.QueryAsync<TableEntity>("PartitionKey eq 'p'", maxPerPage: 100).AsPages(pages[0].ContinuationToken);
        Assert.Equal("0100", (await second.FirstAsync()).Values[0].RowKey);
    }

    [Fact]
    public async Task A_transaction_with_a_conflict_changes_nothing_and_names_the_cause()
    {
        var table = await NewTableAsync();
        await table.AddEntityAsync(new TableEntity("p", "taken"));

        var error = await Assert.ThrowsAsync<TableTransactionFailedException>(() => table.SubmitTransactionAsync([
            new TableTransactionAction(TableTransactionActionType.Add, new TableEntity("p", "free") { ["Value"] = "a\nHTTP text" }),
            new TableTransactionAction(TableTransactionActionType.Add, new TableEntity("p", "taken")),
        ]));

        Assert.Equal((409, "EntityAlreadyExists", 1), (error.Status, error.ErrorCode, error.FailedTransactionActionIndex));
        Assert.False((await table.GetEntityIfExistsAsync<TableEntity>("p", "free")).HasValue);
    }

    [Fact]
    public async Task Creating_a_table_twice_is_no_error()
    {
        var table = azurite.Connect().GetTableClient(AzuriteFixture.NewPrefix());

        Assert.Equal(204, (await table.CreateIfNotExistsAsync()).GetRawResponse().Status);
        Assert.Equal(409, (await table.CreateIfNotExistsAsync()).GetRawResponse().Status);
    }

    private async Task<TableClient> NewTableAsync()
    {
        var table = azurite.Connect().GetTableClient(AzuriteFixture.NewPrefix());
        await table.CreateIfNotExistsAsync();
        return table;
    }
}
