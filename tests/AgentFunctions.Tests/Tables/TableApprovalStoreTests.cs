// Approvals in tables under the suite of all approval stores.
using AgentFunctions.Approvals;
using AgentFunctions.Storage;
using AgentFunctions.Tests.Storage;

namespace AgentFunctions.Tests.Tables;

[RequiresAzurite]
[Collection(AzuriteTests.Name)]
public sealed class TableApprovalStoreTests(AzuriteFixture azurite) : ApprovalStoreBehaviour
{
    private readonly string _prefix = AzuriteFixture.NewPrefix();

    public override Task DisposeAsync() => Task.CompletedTask;

    protected override async Task<IApprovalStore> OpenAsync()
    {
        var tables = new AgentTables(azurite.Connect(), _prefix);
        await tables.CreateAsync();
        return new TableApprovalStore(tables, new WriteConflicts(TimeProvider.System, () => 0.5));
    }

    protected override Task CloseAsync() => Task.CompletedTask;
}
