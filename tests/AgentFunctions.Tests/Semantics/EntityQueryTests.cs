using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// Reading and cleaning entities as a client: DurableEntityClient and EntityQuery of Microsoft.DurableTask.Client, and how
/// DurableTask.AzureStorage's EntityTrackingStoreQueries answers them.
/// </summary>
public class EntityQueryTests : SemanticsTests
{
    private readonly Journal _journal = new();

    private async Task<EngineHost> StartAsync(params string[] ids)
    {
        var host = await Host().With(_journal).Entity("journals", _journal.RunAsync).StartAsync();
        foreach (var id in ids)
        {
            await host.SignalAsync(EntityInstanceId.FromString(id), "add", "x");
            await host.EntriesAsync(EntityInstanceId.FromString(id), 1);
            host.Time.Advance(TimeSpan.FromMinutes(1));
        }
        return host;
    }

    private static async Task<List<string>> IdsAsync(EngineHost host, EntityQuery query)
    {
        var ids = new List<string>();
        await foreach (var entity in host.Client.Entities.GetAllEntitiesAsync(query))
        {
            ids.Add(entity.Id.ToString());
        }
        return ids;
    }

    [Fact]
    public async Task A_query_without_a_filter_gives_every_entity_that_has_a_state()
    {
        await using var host = await StartAsync("@journal@a", "@journals@b", "@journal@c");
        await host.SignalAsync(new EntityInstanceId("Journal", "empty"), "get");
        await EngineHost.UntilAsync(async () => (await IdsAsync(host, new EntityQuery { IncludeTransient = true })).Count == 4);

        Assert.Equal(["@journal@a", "@journal@c", "@journals@b"], await IdsAsync(host, new EntityQuery()));
        Assert.Contains("@journal@empty", await IdsAsync(host, new EntityQuery { IncludeTransient = true }));
    }

    [Theory]
    [InlineData("journal", "@journal@Key @journal@a @journals@a")]
    [InlineData("Journal", "@journal@Key @journal@a @journals@a")]
    [InlineData("@Journal@", "@journal@Key @journal@a")]
    [InlineData("@journal@k", "")]
    [InlineData("@JOURNAL@K", "@journal@Key")]
    [InlineData("%", "")]
    public async Task A_prefix_means_the_name_without_case_and_the_key_with_it(string prefix, string expected)
    {
        await using var host = await StartAsync("@journal@a", "@journal@Key", "@journals@a");
        Assert.Equal(expected, string.Join(' ', await IdsAsync(host, new EntityQuery { InstanceIdStartsWith = prefix })));
    }

    [Fact]
    public async Task Times_of_the_last_change_are_inclusive_on_both_sides()
    {
        await using var host = await StartAsync("@journal@a", "@journal@b", "@journal@c");
        var changed = (await host.Client.Entities.GetEntityAsync(Journal.B))!.LastModifiedTime;

        Assert.Equal(["@journal@b"], await IdsAsync(host, new EntityQuery { LastModifiedFrom = changed, LastModifiedTo = changed }));
        Assert.Equal(["@journal@b", "@journal@c"], await IdsAsync(host, new EntityQuery { LastModifiedFrom = changed }));
        Assert.Equal(["@journal@a"], await IdsAsync(host, new EntityQuery { LastModifiedTo = changed.AddTicks(-1) }));
        Assert.Equal( // the same moment on another clock
            ["@journal@b", "@journal@c"],
            await IdsAsync(host, new EntityQuery { LastModifiedFrom = changed.ToOffset(TimeSpan.FromHours(9)) }));
    }

    [Fact]
    public async Task Pages_hold_what_was_asked_for_and_a_token_goes_on_where_its_page_ended()
    {
        await using var host = await StartAsync("@journal@1", "@journal@2", "@journal@3", "@journal@4", "@journal@5");
        var query = new EntityQuery { PageSize = 2 };
        var pages = await PagesAsync(host.Client.Entities.GetAllEntitiesAsync(query).AsPages());

        Assert.Equal([2, 2, 1], pages.Select(page => page.Values.Count));
        Assert.Null(pages[^1].ContinuationToken);
        Assert.Equal(["@journal@3", "@journal@4", "@journal@5"], await IdsAsync(host, query with { ContinuationToken = pages[0].ContinuationToken }));
        var resumed = await PagesAsync(host.Client.Entities.GetAllEntitiesAsync(query).AsPages(pages[1].ContinuationToken, pageSizeHint: 10));
        Assert.Equal("@journal@5", Assert.Single(Assert.Single(resumed).Values).Id.ToString());
    }

    [Fact]
    public async Task The_state_comes_along_unless_it_is_not_asked_for()
    {
        await using var host = await StartAsync("@journal@a");
        var with = await host.Client.Entities.GetEntityAsync<List<string>>(Journal.A);
        var without = await host.Client.Entities.GetEntityAsync<List<string>>(Journal.A, includeState: false);
        Assert.Equal(["x"], with!.State);
        Assert.False(without!.IncludesState);
        Assert.Throws<InvalidOperationException>(() => without.State);
        await foreach (var entity in host.Client.Entities.GetAllEntitiesAsync(new EntityQuery { IncludeState = false }))
        {
            Assert.False(entity.IncludesState);
        }
    }

    [Fact]
    public async Task The_backlog_counts_what_is_due_and_not_what_is_delayed()
    {
        await using var host = await StartAsync("@journal@a");
        await host.SignalAsync(Journal.A, "add", "later", host.Time.GetUtcNow().AddMinutes(1));
        Assert.Equal(0, (await host.Client.Entities.GetEntityAsync(Journal.A))!.BacklogQueueSize);
        await host.SignalAsync(Journal.A, "hold", "held");
        await host.SignalAsync(Journal.A, "add", "waits");
        Assert.Equal(2, (await host.Client.Entities.GetEntityAsync(Journal.A))!.BacklogQueueSize);
        _journal.LetGo();
        await host.EntriesAsync(Journal.A, 3);
    }

    [Fact]
    public async Task Cleaning_removes_entities_without_state_and_what_was_delayed_for_them_still_comes()
    {
        await using var host = await Host()
            .Entity("Flag", operation =>
            {
                operation.State.SetState(operation.Name == "set" ? "set" : null);
                return default;
            })
            .StartAsync();
        EntityInstanceId flag = new("Flag", "x");
        await host.SignalAsync(flag, "set", at: host.Time.GetUtcNow().AddMinutes(1));
        await host.SignalAsync(flag, "clear");
        await EngineHost.UntilAsync(async () => (await IdsAsync(host, new EntityQuery { IncludeTransient = true })).Count == 1);

        Assert.Equal(0, (await host.Client.Entities.CleanEntityStorageAsync(new CleanEntityStorageRequest { ReleaseOrphanedLocks = true })).EmptyEntitiesRemoved);
        Assert.Equal(1, (await host.Client.Entities.CleanEntityStorageAsync()).EmptyEntitiesRemoved);
        Assert.Empty(await IdsAsync(host, new EntityQuery { IncludeTransient = true }));

        host.Time.Advance(TimeSpan.FromMinutes(1));
        await EngineHost.UntilAsync(async () => (await IdsAsync(host, new EntityQuery())).Count == 1);
        Assert.Equal(0, (await host.Client.Entities.CleanEntityStorageAsync()).EmptyEntitiesRemoved);
    }

    [Fact]
    public async Task Cleaning_frees_a_lock_whose_holder_is_gone_and_no_other()
    {
        await using var host = await StartAsync("@journal@a", "@journal@b");
        await host.StopAsync();
        await using (var database = SqliteDatabase.Open(host.StatePath))
        {
            await database.WriteAsync(connection => connection.Execute(
                "UPDATE entities SET locked_by = 'gone', locked_by_execution = 'x' WHERE entity_id = '@journal@a'"));
        }
        await host.StartAsync();
        await host.SignalAsync(Journal.A, "add", "waited");

        Assert.Equal(0, (await host.Client.Entities.CleanEntityStorageAsync(new CleanEntityStorageRequest { RemoveEmptyEntities = true })).OrphanedLocksReleased);
        Assert.Equal(1, (await host.Client.Entities.CleanEntityStorageAsync()).OrphanedLocksReleased);

        Assert.Equal("x waited", await host.EntriesAsync(Journal.A, 2));
    }

    [Fact]
    public async Task An_entity_is_purged_by_its_id_and_begins_anew()
    {
        await using var host = await StartAsync("@journal@a");
        Assert.Equal(1, (await host.Client.PurgeInstanceAsync("@journal@a")).PurgedInstanceCount);
        Assert.Equal(0, (await host.Client.PurgeInstanceAsync("@journal@a")).PurgedInstanceCount);
        Assert.Null(await host.Client.Entities.GetEntityAsync(Journal.A));

        await host.SignalAsync(Journal.A, "add", "new");
        Assert.Equal("new", await host.EntriesAsync(Journal.A, 1));
    }

    private static async Task<List<Page<T>>> PagesAsync<T>(IAsyncEnumerable<Page<T>> pages)
        where T : notnull
    {
        var all = new List<Page<T>>();
        await foreach (var page in pages)
        {
            all.Add(page);
        }
        return all;
    }
}
