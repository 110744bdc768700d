// The table stores under the suites that every store inherits, on real Azurite.
using AgentFunctions.Runs;
using AgentFunctions.Storage;
using AgentFunctions.Tests.Storage;
using AgentFunctions.Traces;

namespace AgentFunctions.Tests.Tables;

/// <summary>Runs, sessions and definitions in tables.</summary>
[RequiresAzurite]
[Collection(AzuriteTests.Name)]
public sealed class TableRunStoreTests(AzuriteFixture azurite) : RunStoreBehaviour
{
    private readonly string _prefix = AzuriteFixture.NewPrefix();

    public override Task DisposeAsync() => Task.CompletedTask;

    protected override async Task<RunStores> OpenAsync()
    {
        var store = await TableStores.OpenAsync(azurite, _prefix);
        return new RunStores(store, store, store);
    }

    protected override Task CloseAsync() => Task.CompletedTask;
}

/// <summary>Spans in a table.</summary>
[RequiresAzurite]
[Collection(AzuriteTests.Name)]
public sealed class TableTraceStoreTests(AzuriteFixture azurite) : TraceStoreBehaviour
{
    private readonly string _prefix = AzuriteFixture.NewPrefix();

    public override Task DisposeAsync() => Task.CompletedTask;

    protected override async Task<ITraceStore> OpenAsync()
    {
        return await TableStores.OpenTracesAsync(azurite, _prefix);
    }

    protected override Task CloseAsync() => Task.CompletedTask;
}

/// <summary>Questions across traces, answered from tables.</summary>
[RequiresAzurite]
[Collection(AzuriteTests.Name)]
public sealed class TableTraceQueriesTests(AzuriteFixture azurite) : TraceQueriesBehaviour
{
    private readonly string _prefix = AzuriteFixture.NewPrefix();

    public override Task DisposeAsync() => Task.CompletedTask;

    protected override async Task<TraceStores> OpenAsync() =>
        TableStores.Faces(await TableStores.OpenTracesAsync(azurite, _prefix));

    protected override Task CloseAsync() => Task.CompletedTask;
}

/// <summary>Making room in tables.</summary>
[RequiresAzurite]
[Collection(AzuriteTests.Name)]
public sealed class TableTraceRetentionTests(AzuriteFixture azurite) : TraceRetentionBehaviour
{
    private readonly string _prefix = AzuriteFixture.NewPrefix();

    public override Task DisposeAsync() => Task.CompletedTask;

    protected override async Task<TraceStores> OpenAsync() =>
        TableStores.Faces(await TableStores.OpenTracesAsync(azurite, _prefix));

    protected override Task CloseAsync() => Task.CompletedTask;
}

internal static class TableStores
{
    public static async Task<TableTraceStore> OpenTracesAsync(
        AzuriteFixture azurite, string prefix, Azure.Data.Tables.TableClientOptions? options = null, TimeProvider? time = null)
    {
        var tables = new TraceTables(azurite.Connect(options), prefix);
        await tables.CreateAsync();
        return new TableTraceStore(tables, new WriteConflicts(TimeProvider.System, () => 0.5), time ?? TimeProvider.System);
    }

    public static TraceStores Faces(TableTraceStore store) => new(store, store, store);

    public static async Task<TableRunStore> OpenAsync(AzuriteFixture azurite, string prefix, Azure.Data.Tables.TableClientOptions? options = null)
    {
        var tables = new AgentTables(azurite.Connect(options), prefix);
        await tables.CreateAsync();
        return new TableRunStore(tables, new GuidIdSource(TimeProvider.System), new WriteConflicts(TimeProvider.System, () => 0.5));
    }
}
