using AgentFunctions.Agents;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Local.Storage;
using AgentFunctions.Runs;
using AgentFunctions.Sessions;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Traces;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tests.Storage;

/// <summary>The stores as the host composes them, and the promises of their schema.</summary>
public sealed class StoreServicesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task All_stores_share_two_files_that_are_closed_with_the_container()
    {
        await using (var services = Compose())
        {
            await services.GetRequiredService<IRunStore>().CreateAsync(Samples.Run("r1") with { SessionId = "s" }, [], []);
            await services.GetRequiredService<IDefinitionStore>().PutAsync(Samples.Definition("weather"));
            await services.GetRequiredService<ITraceStore>().UpsertAsync([Samples.Span("t1", "s1")]);
        }
        Assert.Equal(["state.db", "traces.db"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order());

        await using var again = Compose();
        Assert.NotNull(await again.GetRequiredService<ISessionStore>().GetAsync("s"));
        Assert.NotNull(await again.GetRequiredService<IDefinitionStore>().GetAsync(Samples.Definition("weather").Hash));
        Assert.Single(await again.GetRequiredService<ITraceStore>().GetTraceAsync("t1", 10));
    }

    [Fact]
    public async Task A_write_through_the_composed_store_wakes_the_composed_feed()
    {
        await using var services = Compose(new SteppedTime());
        var runs = services.GetRequiredService<IRunStore>();
        await runs.CreateAsync(Samples.Run("r1"), [], []);
        await using var feed = services.GetRequiredService<RunEventFeed>().ReadAsync("r1", after: 0).GetAsyncEnumerator();
        var next = feed.MoveNextAsync();
        await runs.AppendEventsAsync("r1", [Samples.Event(RunEventTypes.Token)]);
        Assert.True(await next.AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_file_of_a_newer_version_is_refused_and_let_go()
    {
        await using (var newer = SqliteDatabase.Open(_folder.File("state.db")))
        {
            newer.Migrate("runs", [.. Enumerable.Range(0, 99).Select(n => $"CREATE TABLE t{n} (x)")]);
        }
        await using (var services = Compose())
        {
            var refusal = Assert.Throws<StorageException>(services.GetRequiredService<IRunStore>);
            Assert.Contains("newer version", refusal.Message, StringComparison.Ordinal);
        }
        File.Delete(_folder.File("state.db"));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData("runs_by_time", "SELECT record FROM runs WHERE (created_at, run_id) < (1, 'r') ORDER BY created_at DESC, run_id DESC LIMIT 9")]
    [InlineData("runs_by_agent", "SELECT record FROM runs WHERE agent_id = @v AND created_at >= 1 ORDER BY created_at DESC, run_id DESC LIMIT 9")]
    [InlineData("runs_by_session", "SELECT record FROM runs WHERE session_id = @v ORDER BY created_at DESC, run_id DESC LIMIT 9")]
    [InlineData("runs_by_user", "SELECT record FROM runs WHERE user_id = @v ORDER BY created_at DESC, run_id DESC LIMIT 9")]
    [InlineData("runs_by_status", "SELECT record FROM runs WHERE status = @v ORDER BY created_at DESC, run_id DESC LIMIT 9")]
    [InlineData("runs_of_conversation", "SELECT run_id FROM runs WHERE session_id = @v AND status = 'completed' AND session_position < 9 ORDER BY session_position DESC LIMIT 9")]
    [InlineData("sessions_by_time", "SELECT record FROM sessions ORDER BY updated_at DESC, session_id DESC LIMIT 9")]
    [InlineData("sessions_by_agent", "SELECT record FROM sessions WHERE agent_id = @v ORDER BY updated_at DESC, session_id DESC LIMIT 9")]
    [InlineData("sessions_by_user", "SELECT record FROM sessions WHERE user_id = @v ORDER BY updated_at DESC, session_id DESC LIMIT 9")]
    [InlineData("PRIMARY KEY", "SELECT data FROM events WHERE run_id = @v AND sequence > 7 ORDER BY sequence LIMIT 9")]
    [InlineData("PRIMARY KEY", "SELECT type FROM events WHERE run_id = @v ORDER BY sequence DESC LIMIT 1")]
    public async Task Each_query_is_served_in_order_by_its_index(string index, string sql)
    {
        await using var database = SqliteDatabase.Open(_folder.File("test.db"));
        StateSchema.Apply(database);
        TraceSchema.Apply(database);
        var plan = string.Join('\n', await database.ReadAsync(connection => Explain(connection, sql)));

        Assert.Contains(index, plan, StringComparison.Ordinal);
        Assert.DoesNotContain("TEMP B-TREE", plan, StringComparison.Ordinal);
    }

    private static List<string> Explain(SqliteConnection connection, string sql) =>
        connection.Query($"EXPLAIN QUERY PLAN {sql}", row => row.GetString(3), ("@v", "value"));

    private ServiceProvider Compose(TimeProvider? time = null) =>
        new ServiceCollection().AddSingleton(time ?? TimeProvider.System).AddSqliteStores(_folder.Path).BuildServiceProvider();
}
